package xpath

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
)

// document reads XML into nodes. Prefixes are those of the vectors' own
// resolver, whatever the document calls them.
func document(t *testing.T, s string) *Node {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(s))
	d.Strict = false
	doc := &Node{Kind: Document}
	at := doc
	add := func(n *Node) {
		n.Parent = at
		at.Children = append(at.Children, n)
	}
	prefix := map[string]string{"http://www.w3.org/1999/xhtml": "xhtml:", "http://some-namespace.com/nss": "ns2:", "http://www.w3.org/2002/xforms": "",
		"http://www.w3.org/XML/1998/namespace": "xml:", "http://openrosa.org/javarosa": "jr:"}
	name := func(n xml.Name) string {
		if n.Space == "" {
			return n.Local
		}
		if p, ok := prefix[n.Space]; ok {
			return p + n.Local
		}
		return n.Space + ":" + n.Local
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return doc
		}
		if err != nil {
			t.Fatalf("read %q: %v", s, err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			n := &Node{Name: name(x.Name)}
			add(n)
			for _, a := range x.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					n.Attributes = append(n.Attributes, &Node{Kind: Attribute, Name: name(a.Name), Text: a.Value, Parent: n})
				}
			}
			at = n
		case xml.EndElement:
			at = at.Parent
		case xml.CharData:
			if at == doc {
				continue
			}
			if k := len(at.Children); k > 0 && at.Children[k-1].Kind == TextNode {
				at.Children[k-1].Text += string(x)
				continue
			}
			add(&Node{Kind: TextNode, Text: string(x)})
		case xml.Comment:
			add(&Node{Kind: Comment, Text: string(x)})
		case xml.Directive:
			add(&Node{Kind: Instruction, Name: "!"})
		case xml.ProcInst:
			if x.Target != "xml" {
				add(&Node{Kind: Instruction, Name: x.Target, Text: string(x.Inst)})
			}
		}
	}
}

// nodeAt finds a node by child indexes: "/0/3", "/0/@id".
func nodeAt(n *Node, path string) *Node {
	for _, s := range strings.Split(strings.Trim(path, "/"), "/") {
		if s == "" {
			continue
		}
		if strings.HasPrefix(s, "@") {
			for _, a := range n.Attributes {
				if a.Name == s[1:] {
					return a
				}
			}
			return nil
		}
		i, err := strconv.Atoi(s)
		if err != nil || i >= len(n.Children) {
			return nil
		}
		n = n.Children[i]
	}
	return n
}

func pathOf(n *Node) string {
	if n.Parent == nil {
		return ""
	}
	if n.Kind == Attribute {
		return pathOf(n.Parent) + "/@" + n.Name
	}
	for i, c := range n.Parent.Children {
		if c == n {
			return pathOf(n.Parent) + "/" + strconv.Itoa(i)
		}
	}
	return "?"
}
