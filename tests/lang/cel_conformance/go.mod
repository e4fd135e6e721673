module junctor/cel_conformance

go 1.23.0

require (
	cel.dev/expr v0.26.0
	google.golang.org/protobuf v1.36.10
)
