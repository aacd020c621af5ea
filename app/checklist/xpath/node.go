package xpath

import (
	"slices"
	"strings"
)

// NodeKind says what a node of a tree is.
type NodeKind uint8

const (
	Element NodeKind = iota
	Document
	Attribute
	TextNode
	Comment
	Instruction
)

// Node is a node of a tree that expressions read: of a form being filled, of a
// list of choices, of an XML document.
type Node struct {
	Kind       NodeKind
	Name       string // with its prefix, if it has one
	Text       string // of an element only where it has no children
	Parent     *Node
	Children   []*Node
	Attributes []*Node
	// Live, if not nil, is asked for the node's text and children, which change
	// while a form is filled.
	Live Live
}

// Live is a node whose text and children can change. It learns who reads it.
type Live interface {
	// Text gives the string-value.
	Text() string
	// Children gives all child elements in order.
	Children() []*Node
	// Named gives the child elements of a name in order.
	Named(name string) []*Node
}

// String gives the string-value: of an element, the text of all below it.
func (n *Node) String() string {
	if n.Live != nil {
		return n.Live.Text()
	}
	if n.Kind != Element && n.Kind != Document || len(n.Children) == 0 {
		return n.Text
	}
	if len(n.Children) == 1 && n.Children[0].Kind == TextNode {
		return n.Children[0].Text
	}
	var out strings.Builder
	n.collect(&out)
	return out.String()
}

func (n *Node) collect(out *strings.Builder) {
	for _, c := range n.children() {
		switch {
		case c.Kind == TextNode:
			out.WriteString(c.Text)
		case c.Kind != Element:
		case c.Live != nil || len(c.Children) == 0:
			out.WriteString(c.String())
		default:
			c.collect(out)
		}
	}
}

func (n *Node) children() []*Node {
	if n.Live != nil {
		return n.Live.Children()
	}
	return n.Children
}

// Child gives the first child element of a name, or nil.
func (n *Node) Child(name string) *Node {
	for _, c := range n.children() {
		if c.Kind == Element && c.Name == name {
			return c
		}
	}
	return nil
}

func (n *Node) top() *Node {
	for n.Parent != nil {
		n = n.Parent
	}
	return n
}

// inOrder puts nodes into the order of the document and drops what is there
// twice, by walking the trees that they are in. Nodes of different trees keep
// the order in which the trees first appear.
func (v *evaluator) inOrder(nodes []*Node) []*Node {
	if len(nodes) < 2 {
		return nodes
	}
	wanted := make(map[*Node]bool, len(nodes))
	var tops []*Node
	for _, n := range nodes {
		if wanted[n] {
			continue
		}
		wanted[n] = true
		if top := n.top(); len(tops) == 0 || tops[len(tops)-1] != top && !slices.Contains(tops, top) {
			tops = append(tops, top)
		}
	}
	left := len(wanted)
	out := make([]*Node, 0, left)
	take := func(n *Node) {
		if wanted[n] {
			out = append(out, n)
			left--
		}
	}
	var walk func(*Node)
	walk = func(n *Node) {
		if !v.spend(1) || left == 0 {
			return
		}
		take(n)
		for _, a := range n.Attributes {
			take(a)
		}
		for _, c := range n.children() {
			walk(c)
		}
	}
	for _, top := range tops {
		walk(top)
	}
	return out
}
