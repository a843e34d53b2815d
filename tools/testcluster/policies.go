//go:build !older

// Compiles the expressions of admission policies as another version of the server would.

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	celgo "github.com/google/cel-go/cel"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apimachinery/pkg/util/yaml"
	plugincel "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/environment"
)

// policy holds what policies of both kinds have.
type policy struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		MatchConditions []admissionv1.MatchCondition `json:"matchConditions"`
		Variables       []admissionv1.Variable       `json:"variables"`
		Validations     []admissionv1.Validation     `json:"validations"`
		Mutations       []admissionv1.Mutation       `json:"mutations"`
	} `json:"spec"`
}

// condition is an expression of a certain type.
type condition struct {
	expression string
	kind       *celgo.Type
}

func (c condition) GetExpression() string      { return c.expression }
func (c condition) ReturnTypes() []*celgo.Type { return []*celgo.Type{c.kind} }

func compileCommand(args []string) int {
	var path, server string
	flags := flag.NewFlagSet("testcluster compile", flag.ContinueOnError)
	flags.StringVar(&path, "policies", "-", "YAML with admission policies; other objects are passed over; -: standard input")
	flags.StringVar(&server, "server", "1.30", "version of the server, MAJOR.MINOR")
	if code, ok := parse(flags, args); !ok {
		return code
	}
	wanted, err := version.ParseMajorMinor(server)
	if err != nil {
		return usageError(fmt.Sprintf("compile: --server %s is not MAJOR.MINOR", server))
	}
	input := os.Stdin
	if path != "-" {
		if input, err = os.Open(path); err != nil {
			return failed(err)
		}
		defer func() { _ = input.Close() }()
	}
	count, err := compilePolicies(input, wanted)
	if err != nil {
		return failed(err)
	}
	fmt.Printf("{\"event\":\"compiled\",\"expressions\":%d}\n", count)
	return exitOK
}

// compilePolicies returns how many expressions there are; its error names each that does not compile.
//
// A server takes from clients only what the version before it understands, too, so that it can be
// replaced by that one: 1.30 compiles new policies as 1.29 does.
func compilePolicies(input io.Reader, server *version.Version) (int, error) {
	base := environment.MustBaseEnvSet(server.SubtractMinor(1))
	count := 0
	var problems []error
	reader := yaml.NewYAMLOrJSONDecoder(input, 4096)
	for {
		var read policy
		if err := reader.Decode(&read); errors.Is(err, io.EOF) {
			return count, errors.Join(problems...)
		} else if err != nil {
			return count, err
		}
		if read.Kind != "ValidatingAdmissionPolicy" && read.Kind != "MutatingAdmissionPolicy" {
			continue
		}
		compiler, err := plugincel.NewCompositedCompiler(base)
		if err != nil {
			return count, err
		}
		check := func(result plugincel.CompilationResult) {
			count++
			if result.Error != nil {
				problems = append(problems, fmt.Errorf("%s %s: %s: %w", read.Kind, read.Metadata.Name,
					result.ExpressionAccessor.GetExpression(), result.Error))
			}
		}
		given := plugincel.OptionalVariableDeclarations{HasAuthorizer: true}
		for _, one := range read.Spec.Variables {
			check(compiler.CompileAndStoreVariable(&validating.Variable{Name: one.Name, Expression: one.Expression}, given,
				environment.NewExpressions))
		}
		compile := func(what plugincel.ExpressionAccessor, with plugincel.OptionalVariableDeclarations) {
			check(compiler.CompileCELExpression(what, with, environment.NewExpressions))
		}
		for _, one := range read.Spec.MatchConditions {
			compile(condition{one.Expression, celgo.BoolType}, given)
		}
		for _, one := range read.Spec.Validations {
			compile(condition{one.Expression, celgo.BoolType}, given)
			if one.MessageExpression != "" {
				compile(condition{one.MessageExpression, celgo.StringType}, plugincel.OptionalVariableDeclarations{})
			}
		}
		patching := given
		patching.HasPatchTypes = true
		for _, one := range read.Spec.Mutations {
			if one.JSONPatch == nil {
				problems = append(problems, fmt.Errorf("%s: a mutation that is no JSON Patch", read.Metadata.Name))
				continue
			}
			compile(&patch.JSONPatchCondition{Expression: one.JSONPatch.Expression}, patching)
		}
	}
}
