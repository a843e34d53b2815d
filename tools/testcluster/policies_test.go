//go:build !older

// Tests of what servers of other versions say to admission policies.

package main_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// compiled returns standard output and error of "testcluster compile".
func compiled(policies string, arguments ...string) (string, string) {
	command := exec.Command(program, append([]string{"compile"}, arguments...)...)
	command.Stdin = strings.NewReader(policies)
	var output, problems bytes.Buffer
	command.Stdout, command.Stderr = &output, &problems
	_ = command.Run()
	return output.String(), problems.String()
}

func TestThePoliciesOfTheHelperCompileInEachVersionThatHasSuchPolicies(t *testing.T) {
	for minor := 30; minor <= 36; minor++ {
		output, problems := compiled("", "--policies", manifest, "--server", fmt.Sprintf("1.%d", minor))
		if problems != "" || !strings.Contains(output, `"event":"compiled"`) || strings.Contains(output, `"expressions":0`) {
			t.Errorf("1.%d: %s%s", minor, output, problems)
		}
	}
}

func TestExpressionsThatAVersionDoesNotCompileAreReportedWithTheirPolicy(t *testing.T) {
	with := func(expression string) string {
		return fmt.Sprintf("kind: ValidatingAdmissionPolicy\nmetadata: {name: one}\nspec:\n  validations:\n    - expression: %q\n", expression)
	}
	for _, wrong := range []string{
		"object.metadata.?name",           // not a bool
		"object.metadata.name == unknown", // no such variable
		"variables.a == 1",                // the same
		"'",                               // no expression
		"ip('10.0.0.1').family() == 4",    // of 1.30: a server of 1.30 takes what 1.29 knows
		"[1].unheardOf() == 1",            // of no version
	} {
		if output, problems := compiled(with(wrong)); output != "" || !strings.Contains(problems, "ValidatingAdmissionPolicy one: ") {
			t.Errorf("%s: %s%s", wrong, output, problems)
		}
	}
	if output, problems := compiled(with("ip('10.0.0.1').family() == 4"), "--server", "1.31"); problems != "" {
		t.Errorf("%s%s", output, problems)
	}
}
