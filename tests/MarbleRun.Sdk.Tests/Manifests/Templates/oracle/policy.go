// Writes a TTLS policy by Go's encoding/json, so that the bytes of our own can be compared with it. Only the standard library is used.
//
// Usage: go run policy.go CASE. CASE is a JSON file with the PEM texts and the entries in the order in which they apply.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

type entry struct {
	Addr, Port, Cert, Key string
	OpenToAll             bool
}

type testCase struct {
	Root, Cert, Key    string
	Incoming, Outgoing []entry
}

type object = map[string]interface{}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var c testCase
	check(json.Unmarshal(text, &c))

	incoming, outgoing := object{}, object{}
	for _, e := range c.Incoming {
		own := object{"cacrt": c.Root, "clicrt": c.Cert, "clikey": c.Key, "clientAuth": true}
		if e.Cert != "" {
			own = object{"cacrt": c.Root, "clicrt": e.Cert, "clikey": e.Key, "clientAuth": !e.OpenToAll}
		}
		incoming["*:"+e.Port] = own
	}
	for _, e := range c.Outgoing {
		outgoing[e.Addr+":"+e.Port] = object{"cacrt": c.Root, "clicrt": c.Cert, "clikey": c.Key}
	}

	policy, err := json.Marshal(object{"tls": object{"Incoming": incoming, "Outgoing": outgoing}})
	check(err)
	_, err = os.Stdout.Write(policy)
	check(err)
}
