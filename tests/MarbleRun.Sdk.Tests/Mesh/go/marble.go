// A Marble in Go, written from the description of MarbleRun 1.9's interface with Go's standard library alone: it is activated with an empty
// quote, serves mutual TLS, and calls another Marble. It ends when its input does.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"
)

const typeOid = "1.3.9903.2.1"

func main() {
	coordinator, marbleType, uuid, peer := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	env := activate(coordinator, marbleType, uuid)
	config, leaf := readIdentity(env)

	uris := []string{}
	for _, uri := range leaf.URIs {
		uris = append(uris, uri.String())
	}

	fmt.Println("common name:", leaf.Subject.CommonName)
	fmt.Println("type:", typeOf(leaf))
	fmt.Println("names:", leaf.DNSNames, leaf.IPAddresses)
	fmt.Println("uris:", uris)
	fmt.Println("ends in days:", int(time.Until(leaf.NotAfter).Hours()/24+0.5))

	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	check(err)
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := r.TLS.PeerCertificates[0]
		fmt.Fprint(w, "go was called by ", typeOf(caller), " ", caller.Subject.CommonName)
	}))

	for _, http2 := range []bool{false, true} {
		client := config.Clone()
		if !http2 {
			client.NextProtos = []string{"http/1.1"}
		}

		transport := &http.Transport{TLSClientConfig: client, ForceAttemptHTTP2: http2}
		for _, path := range []string{"/caller", "/secret"} {
			status, proto, body := get(&http.Client{Transport: transport, Timeout: time.Minute}, peer+path)
			fmt.Println(proto, path+":", status, body)
		}
	}

	withoutIdentity := &tls.Config{RootCAs: config.RootCAs}
	_, err = (&http.Client{Transport: &http.Transport{TLSClientConfig: withoutIdentity}, Timeout: time.Minute}).Get(peer + "/caller")
	fmt.Println("without certificate:", err != nil)
	fmt.Println("listens:", listener.Addr())
	io.Copy(io.Discard, os.Stdin)
}

// activate is /rpc.Marble/Activate: gRPC is a POST of HTTP/2 with a prefix of five bytes and a status in the trailer.
func activate(coordinator, marbleType, uuid string) map[string][]byte {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	check(err)
	loopback := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "MarbleRun Marble"},
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  loopback,
	}
	own, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check(err)
	csr, err := x509.CreateCertificateRequest(
		rand.Reader, &x509.CertificateRequest{DNSNames: []string{"localhost"}, IPAddresses: loopback}, key)
	check(err)

	message := append(field(2, csr), field(3, []byte(marbleType))...)
	message = append(message, field(4, []byte(uuid))...)
	frame := append(make([]byte, 5), message...)
	binary.BigEndian.PutUint32(frame[1:], uint32(len(message)))

	request, err := http.NewRequest(http.MethodPost, "https://"+coordinator+"/rpc.Marble/Activate", bytes.NewReader(frame))
	check(err)
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{
			Certificates:       []tls.Certificate{{Certificate: [][]byte{own}, PrivateKey: key}},
			InsecureSkipVerify: true, // as MarbleRun 1.9 does
		},
	}}
	response, err := client.Do(request)
	check(err)
	body, err := io.ReadAll(response.Body)
	check(err)
	status, detail := response.Trailer.Get("Grpc-Status"), response.Trailer.Get("Grpc-Message")
	if status == "" {
		status, detail = response.Header.Get("Grpc-Status"), response.Header.Get("Grpc-Message")
	}

	fmt.Println("activated:", response.Proto, "status", status, detail)
	if status != "0" {
		os.Exit(1)
	}

	env := map[string][]byte{}
	for _, parameters := range fields(body[5:], 1) {
		for _, entry := range fields(parameters, 2) {
			env[string(fields(entry, 1)[0])] = append([]byte{}, bytes.Join(fields(entry, 2), nil)...)
		}
	}

	return env
}

// readIdentity builds what an app of MarbleRun 1.9 builds: its own certificate, and the Marble root for both sides of a connection.
func readIdentity(env map[string][]byte) (*tls.Config, *x509.Certificate) {
	identity, err := tls.X509KeyPair(env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"], env["MARBLE_PREDEFINED_PRIVATE_KEY"])
	check(err)
	leaf, err := x509.ParseCertificate(identity.Certificate[0])
	check(err)
	intermediate, err := x509.ParseCertificate(identity.Certificate[1])
	check(err)
	inside, outside, between := x509.NewCertPool(), x509.NewCertPool(), x509.NewCertPool()
	inside.AppendCertsFromPEM(env["MARBLE_PREDEFINED_ROOT_CA"])
	outside.AppendCertsFromPEM(env["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"])
	between.AddCert(intermediate)
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		_, err = leaf.Verify(x509.VerifyOptions{Roots: inside, KeyUsages: []x509.ExtKeyUsage{usage}, DNSName: "localhost"})
		check(err)
		_, err = leaf.Verify(x509.VerifyOptions{Roots: outside, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{usage}})
		check(err)
	}

	block, _ := pem.Decode(env["MARBLE_PREDEFINED_PRIVATE_KEY"])
	fmt.Println("key:", block.Type, "chain:", len(identity.Certificate), "unhandled critical:", len(leaf.UnhandledCriticalExtensions))
	return &tls.Config{
		Certificates: []tls.Certificate{identity},
		RootCAs:      inside,
		ClientCAs:    inside,
		ClientAuth:   tls.RequireAndVerifyClientCert,
	}, leaf
}

func typeOf(certificate *x509.Certificate) string {
	for _, extension := range certificate.Extensions {
		if extension.Id.String() == typeOid {
			return string(extension.Value)
		}
	}

	return "none"
}

func get(client *http.Client, url string) (int, string, string) {
	response, err := client.Get(url)
	check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(err)
	return response.StatusCode, response.Proto, string(body)
}

// field encodes a length-delimited field of a protobuf message.
func field(number int, value []byte) []byte {
	encoded := binary.AppendUvarint(nil, uint64(number<<3|2))
	encoded = binary.AppendUvarint(encoded, uint64(len(value)))
	return append(encoded, value...)
}

// fields decodes the length-delimited fields of one number.
func fields(message []byte, number uint64) [][]byte {
	found := [][]byte{}
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		length, m := binary.Uvarint(message[n:])
		if tag&7 != 2 || m <= 0 {
			check(fmt.Errorf("tag %d is not expected", tag))
		}

		message = message[n+m:]
		if tag>>3 == number {
			found = append(found, message[:length])
		}

		message = message[length:]
	}

	return found
}

func check(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}
