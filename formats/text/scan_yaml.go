package text

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A yamlScanner goes through the tree of a YAML file. Package yaml makes the tree
// before it follows aliases, so it is never larger than in proportion to the file.
type yamlScanner struct {
	todo []yamlStep // the innermost last
}

// A yamlStep is what is left of a list or map, or of the file.
type yamlStep struct {
	nodes []*yaml.Node
	end   kind
	at    place
}

// scanYAML parses a file that holds one document.
func scanYAML(src string) (s *yamlScanner, err error) {
	if i := strings.IndexAny(src, "\u0085\u2028\u2029"); i >= 0 {
		line, column := lineOf(src, i)
		return nil, &FormatError{Line: line, Column: column, Err: errors.New("a line separator of Unicode, which the versions of YAML read differently; write it as \\u0085, \\u2028 or \\u2029")}
	}
	defer func() {
		if r := recover(); r != nil {
			err = &FormatError{Err: fmt.Errorf("package yaml panics: %v", r)}
		}
	}()
	d := yaml.NewDecoder(strings.NewReader(src))
	var doc, more yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		return nil, &FormatError{Err: fmt.Errorf("the file holds no value: %w", io.ErrUnexpectedEOF)}
	} else if err != nil {
		return nil, yamlError(err)
	}
	if err := d.Decode(&more); err == nil {
		return nil, &FormatError{Line: more.Line, Column: more.Column, Err: errors.New("a second document, where one should be all of the file")}
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlError(err)
	}
	return &yamlScanner{todo: []yamlStep{{nodes: doc.Content, end: endOfFile}}}, nil
}

// yamlError takes the line out of the text of an error, which is the only place
// where package yaml says it.
func yamlError(err error) error {
	says := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &FormatError{Err: err}
	if _, scanErr := fmt.Sscanf(says, "line %d:", &e.Line); scanErr == nil {
		_, says, _ = strings.Cut(says, ": ")
	}
	e.Err = errors.New(says)
	return e
}

func (s *yamlScanner) where(p place) (line, column int) { return p.line, p.column }

func (s *yamlScanner) next() (token, error) {
	step := &s.todo[len(s.todo)-1]
	if len(step.nodes) == 0 {
		t := token{kind: step.end, at: step.at}
		s.todo = s.todo[:len(s.todo)-1]
		return t, nil
	}
	isKey := step.end == mapEnd && len(step.nodes)%2 == 0
	n := step.nodes[0]
	step.nodes = step.nodes[1:]
	t := token{text: n.Value, at: place{n.Line, n.Column}}
	fail := func(reason string) error {
		return &FormatError{Line: n.Line, Column: n.Column, Err: errors.New(reason)}
	}

	tag := n.ShortTag()
	switch {
	case n.Kind == yaml.AliasNode:
		return t, fail("an alias, which is not followed; write the value out")
	case isKey && (n.Kind != yaml.ScalarNode || tag == "!!null" || tag == "!!binary"):
		return t, fail("a key that is no plain name or number")
	case len(s.todo) > maxDepth:
		return t, fail(fmt.Sprintf("more than %d lists and maps within one another", maxDepth))
	}
	switch tag {
	case "!!seq", "!!map":
		t.kind = listStart
		end := listEnd
		if tag == "!!map" {
			t.kind, end = mapStart, mapEnd
		}
		if n.Kind == yaml.ScalarNode || (n.Kind == yaml.MappingNode) != (tag == "!!map") {
			return t, fail("the tag " + tag + " on another kind of value")
		}
		s.todo = append(s.todo, yamlStep{n.Content, end, t.at})
		return t, nil
	}
	var known bool
	if t.kind, known = scalarKind(tag, n.Value); !known {
		return t, fail("the tag " + quoted(tag) + ", which no Go type is known for")
	}
	if n.Kind != yaml.ScalarNode {
		return t, fail("the tag " + tag + " on another kind of value")
	}
	t.plain = n.Style == 0
	if isKey {
		t.kind, t.keyKind = stringToken, t.kind
	}
	return t, nil
}

func scalarKind(tag, text string) (k kind, known bool) {
	switch tag {
	case "!!null":
		return nullToken, true
	case "!!bool":
		return boolToken, true
	case "!!int", "!!float":
		if yamlNumber(text) != "" {
			return numberToken, true
		}
		return stringToken, true // such as 0x1f or 1_000, which is text for whom it is not a number
	case "!!str", "!!timestamp":
		return stringToken, true
	case "!!binary":
		return binaryToken, true
	}
	return 0, false
}

// yamlNumber is the number s as parseScalar reads it, or "". A leading zero means
// base 8 to some readers and nothing to others.
func yamlNumber(s string) string {
	switch strings.ToLower(s) {
	case ".nan":
		return nanWord
	case ".inf", "+.inf":
		return infWord
	case "-.inf":
		return negInfWord
	}
	digits := strings.TrimLeft(s, "+-")
	if !decimal(s) || len(digits) > 1 && digits[0] == '0' && '0' <= digits[1] && digits[1] <= '9' {
		return ""
	}
	return s
}
