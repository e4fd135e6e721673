// Turns the official CEL conformance tests (textproto) into JSON, one file each: what a program
// without protocol buffers can read.
//
//	cel_conformance TESTDATA_DIRECTORY OUTPUT_DIRECTORY
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "cel.dev/expr/conformance/proto2"
	_ "cel.dev/expr/conformance/proto3"
	"cel.dev/expr/conformance/test"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/prototext"
)

func convert(source, target string) error {
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	file := &test.SimpleTestFile{}
	if err := prototext.Unmarshal(text, file); err != nil {
		return err
	}
	json, err := protojson.Marshal(file)
	if err != nil {
		return err
	}
	return os.WriteFile(target, json, 0o644)
}

func run(testdata, output string) error {
	sources, err := filepath.Glob(filepath.Join(testdata, "*.textproto"))
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		return fmt.Errorf("no *.textproto in %s", testdata)
	}
	for _, source := range sources {
		name := strings.TrimSuffix(filepath.Base(source), ".textproto")
		if err := convert(source, filepath.Join(output, name+".json")); err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
	}
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: cel_conformance TESTDATA_DIRECTORY OUTPUT_DIRECTORY")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
