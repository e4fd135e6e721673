// Evaluates CEL expressions with cel-go, to be compared with ours: the peer of cel_eval_main.cc,
// with the same variables, and of cel_speed_main.cc, with the same cases.
//
//	cel_differential eval < LINES           one {"expr": ..., "input": {...}} a line
//	cel_differential speed CASES SECONDS    name, tab, nanoseconds of one evaluation
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"
)

// What the inputs of the differential test hold.
var variables = map[string]*cel.Type{
	"m": cel.MapType(cel.StringType, cel.DynType),
	"l": cel.ListType(cel.DynType),
	"d": cel.DynType,
	"s": cel.StringType,
	"t": cel.StringType,
	"b": cel.BoolType,
	"f": cel.DoubleType,
	"i": cel.IntType,
	"j": cel.IntType,
	"u": cel.UintType,
	"k": cel.ListType(cel.IntType),
}

func environment(declared map[string]*cel.Type) (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.OptionalTypes(), cel.EnableMacroCallTracking(),
		ext.Strings(), ext.Math(), ext.Lists(), ext.Sets(), ext.Encoders(), ext.Bindings(),
		ext.TwoVarComprehensions(),
	}
	for name, kind := range declared {
		options = append(options, cel.Variable(name, kind))
	}
	return cel.NewEnv(options...)
}

func program(env *cel.Env, expression string, options ...cel.ProgramOption) (cel.Program, error) {
	ast, issues := env.Compile(expression)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	return env.Program(ast, options...)
}

// Without checking its types.
func unchecked(env *cel.Env, expression string) (cel.Program, error) {
	ast, issues := env.Parse(expression)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	return env.Program(ast)
}

func tagged(name string, value any) any { return map[string]any{name: value} }

// A value with its types, as cel_eval_main.cc writes it. The order of a map's entries means nothing.
func describe(value ref.Val) any {
	switch v := value.(type) {
	case types.Null:
		return nil
	case types.Bool:
		return bool(v)
	case types.Int:
		return tagged("int", strconv.FormatInt(int64(v), 10))
	case types.Uint:
		return tagged("uint", strconv.FormatUint(uint64(v), 10))
	case types.Double:
		if math.IsNaN(float64(v)) {
			return tagged("double", "nan")
		}
		return tagged("double", fmt.Sprintf("%016x", math.Float64bits(float64(v))))
	case types.String:
		return tagged("string", string(v))
	case types.Bytes:
		return tagged("bytes", base64.StdEncoding.EncodeToString([]byte(v)))
	case types.Timestamp:
		return tagged("timestamp", v.Time.UTC().Format(time.RFC3339Nano))
	case types.Duration:
		return tagged("duration", v.Duration.Nanoseconds())
	case *types.Type:
		return tagged("type", v.TypeName())
	case *types.Optional:
		if !v.HasValue() {
			return tagged("optional", []any{})
		}
		return tagged("optional", []any{describe(v.GetValue())})
	case traits.Mapper:
		entries := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			entries = append(entries, []any{describe(key), describe(v.Get(key))})
		}
		return tagged("map", entries)
	case traits.Lister:
		elements := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			elements = append(elements, describe(it.Next()))
		}
		return elements
	}
	return tagged("unknown", value.Type().TypeName())
}

// JSON as the declared types say.
func bound(input map[string]any) map[string]any {
	made := map[string]any{}
	for name, value := range input {
		switch name {
		case "i", "j":
			made[name] = int64(value.(float64))
		case "u":
			made[name] = uint64(value.(float64))
		case "k":
			whole := []int64{}
			for _, each := range value.([]any) {
				whole = append(whole, int64(each.(float64)))
			}
			made[name] = whole
		default:
			made[name] = value
		}
	}
	return made
}

// Where the checker refuses, "refused" says why, and the rest is what comes of it without checking.
func evaluate(env *cel.Env, expression string, input map[string]any) map[string]any {
	answer := map[string]any{}
	made, err := program(env, expression)
	if err != nil {
		answer["refused"] = err.Error()
		made, err = unchecked(env, expression)
	}
	if err != nil {
		answer["error"] = "compile: " + err.Error()
		return answer
	}
	value, _, err := made.Eval(bound(input))
	if err != nil {
		answer["error"] = "evaluate: " + err.Error()
	} else {
		answer["value"] = describe(value)
	}
	return answer
}

func runLines() error {
	env, err := environment(variables)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var line struct {
			Expr  string
			Input map[string]any
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return err
		}
		text, err := json.Marshal(evaluate(env, line.Expr, line.Input))
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\n", text)
	}
	return lines.Err()
}

// At best of several rounds, as cel_speed_main.cc.
func nanoseconds(seconds float64, work func()) float64 {
	const rounds = 30
	times, best := 1, math.MaxFloat64
	for round := 0; round < rounds; {
		start := time.Now()
		for n := 0; n < times; n++ {
			work()
		}
		took := time.Since(start).Seconds()
		if took < seconds/rounds {
			times *= 2
			continue
		}
		best = math.Min(best, took*1e9/float64(times))
		round++
	}
	return best
}

func runSpeed(path string, seconds float64) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var file struct {
		Input map[string]any
		Cases []struct{ Name, Expression string }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return err
	}
	declared := map[string]*cel.Type{}
	for name := range file.Input {
		declared[name] = cel.MapType(cel.StringType, cel.DynType)
	}
	env, err := environment(declared)
	if err != nil {
		return err
	}
	activation, err := cel.NewActivation(file.Input)
	if err != nil {
		return err
	}
	for _, each := range file.Cases {
		made, err := program(env, each.Expression, cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			return err
		}
		value, _, err := made.Eval(activation)
		if err != nil || value != types.True {
			return fmt.Errorf("%s does not come to true: %v", each.Name, err)
		}
		evaluating := nanoseconds(seconds, func() { _, _, _ = made.Eval(activation) })
		compiling := nanoseconds(seconds, func() {
			_, _ = program(env, each.Expression, cel.EvalOptions(cel.OptOptimize))
		})
		fmt.Printf("%s\t%.1f\t%.0f\n", each.Name, evaluating, compiling)
	}
	return nil
}

func run(arguments []string) error {
	if len(arguments) == 1 && arguments[0] == "eval" {
		return runLines()
	}
	if len(arguments) == 3 && arguments[0] == "speed" {
		seconds, err := strconv.ParseFloat(arguments[2], 64)
		if err != nil {
			return err
		}
		return runSpeed(arguments[1], seconds)
	}
	return fmt.Errorf("usage: cel_differential eval | speed CASES SECONDS")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
