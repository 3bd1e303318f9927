// Runs templates through Go's text/template, so that our own engine can be compared with it.
//
// Usage: go run templates.go DATA CASES. DATA is the JSON file of the secrets; each line of CASES is a JSON object with the template's text and whether it is for
// an environment variable. Each line that is printed is the output in base64, or a single "!" where Go refuses the template or fails to execute it.
//
// Data and functions are written from the specification of MarbleRun 1.9's templates; only the standard library is used.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"text/template"
)

type certificate struct{ der []byte }

type publicKey []byte

type privateKey []byte

type secret struct {
	Type        string
	Size        uint
	Shared      bool
	UserDefined bool
	Cert        certificate
	ValidFor    uint
	Private     privateKey
	Public      publicKey
}

type previous struct{ Secrets map[string]secret }

type reserved struct{ RootCA, MarbleCert, CoordinatorRoot, CoordinatorIntermediate secret }

type root struct {
	Previous  previous
	Secrets   map[string]secret
	MarbleRun reserved
}

// jsonSecret is a secret as the data file has it, bytes in base64.
type jsonSecret struct {
	Type                  string
	Size, ValidFor        uint
	Shared, UserDefined   bool
	Cert, Private, Public []byte
}

type testData struct{ Secrets, Previous, MarbleRun map[string]jsonSecret }

type testCase struct {
	Source string
	Env    bool
}

func read(secrets map[string]jsonSecret) map[string]secret {
	result := map[string]secret{}
	for name, s := range secrets {
		result[name] = secret{s.Type, s.Size, s.Shared, s.UserDefined, certificate{s.Cert}, s.ValidFor, clip(s.Private), clip(s.Public)}
	}
	return result
}

// clip hides the capacity, which says how the bytes were decoded and nothing about the template.
func clip(b []byte) []byte { return b[:len(b):len(b)] }

func rawOf(v interface{}) ([]byte, error) {
	var raw []byte
	switch s := v.(type) {
	case nil:
		return nil, errors.New("secret does not exist")
	case secret:
		raw = s.Public
	case certificate:
		raw = s.der
	case publicKey:
		raw = s
	case privateKey:
		raw = s
	case []byte:
		raw = s
	default:
		return nil, errors.New("invalid secret type")
	}
	if len(raw) == 0 {
		return nil, errors.New("tried to parse secret with empty value")
	}
	return raw, nil
}

func encode(encoder func([]byte) string) func(interface{}) (string, error) {
	return func(v interface{}) (string, error) {
		raw, err := rawOf(v)
		if err != nil {
			return "", err
		}
		return encoder(raw), nil
	}
}

func pemOf(v interface{}) (string, error) {
	label := ""
	switch v.(type) {
	case nil:
		return "", errors.New("secret does not exist")
	case certificate:
		label = "CERTIFICATE"
	case publicKey:
		label = "PUBLIC KEY"
	case privateKey:
		label = "PRIVATE KEY"
	default:
		return "", errors.New("invalid secret type for pem encoding")
	}
	raw, err := rawOf(v)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: raw})), nil
}

func plainText(v interface{}) (string, error) {
	if v == nil {
		return "", errors.New("secret does not exist")
	}
	s, isSecret := v.(secret)
	if !isSecret || s.Type != "plain" {
		return "", errors.New("only secrets of type plain are allowed to use string encoding for environment variables")
	}
	if len(s.Public) == 0 {
		return "", errors.New("tried to parse secret with empty value")
	}
	if bytes.IndexByte(s.Public, 0) >= 0 {
		return "", errors.New("secret contains null bytes")
	}
	return string(s.Public), nil
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var given testData
	check(json.Unmarshal(text, &given))
	marbleRun := read(given.MarbleRun)
	data := root{
		previous{read(given.Previous)},
		read(given.Secrets),
		reserved{marbleRun["RootCA"], marbleRun["MarbleCert"], marbleRun["CoordinatorRoot"], marbleRun["CoordinatorIntermediate"]},
	}

	common := template.FuncMap{"pem": pemOf, "hex": encode(hex.EncodeToString), "base64": encode(base64.StdEncoding.EncodeToString)}
	file := template.FuncMap{"raw": encode(func(b []byte) string { return string(b) })}
	environment := template.FuncMap{"string": plainText}

	input, err := os.Open(os.Args[2])
	check(err)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	cases := json.NewDecoder(bufio.NewReader(input))
	for cases.More() {
		var c testCase
		check(cases.Decode(&c))
		functions := file
		if c.Env {
			functions = environment
		}
		var result bytes.Buffer
		t, err := template.New("data").Funcs(common).Funcs(functions).Parse(c.Source)
		if err == nil {
			err = t.Execute(&result, data)
		}
		if err != nil {
			fmt.Fprintln(output, "!")
			continue
		}
		fmt.Fprintln(output, base64.StdEncoding.EncodeToString(result.Bytes()))
	}
}
