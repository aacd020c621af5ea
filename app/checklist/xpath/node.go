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

// place gives where n stands in its tree: the index at every level from the
// top. Attributes come before all children.
func (n *Node) place() []int {
	var out []int
	for ; n.Parent != nil; n = n.Parent {
		if n.Kind == Attribute {
			out = append(out, slices.Index(n.Parent.Attributes, n)-len(n.Parent.Attributes))
		} else {
			out = append(out, slices.Index(n.Parent.children(), n))
		}
	}
	slices.Reverse(out)
	return out
}

// inOrder sorts nodes into the order of the document and drops what is there
// twice. Nodes of different trees keep the order in which the trees first
// appear.
func inOrder(nodes []*Node) []*Node {
	if len(nodes) < 2 {
		return nodes
	}
	type placed struct {
		node  *Node
		tree  int
		place []int
	}
	trees := map[*Node]int{}
	seen := make(map[*Node]bool, len(nodes))
	list := make([]placed, 0, len(nodes))
	for _, n := range nodes {
		if seen[n] {
			continue
		}
		seen[n] = true
		top := n.top()
		if _, ok := trees[top]; !ok {
			trees[top] = len(trees)
		}
		list = append(list, placed{n, trees[top], n.place()})
	}
	slices.SortStableFunc(list, func(a, b placed) int {
		if a.tree != b.tree {
			return a.tree - b.tree
		}
		return slices.Compare(a.place, b.place)
	})
	out := make([]*Node, len(list))
	for i := range list {
		out[i] = list[i].node
	}
	return out
}
