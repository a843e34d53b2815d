//go:build older

// Admission policies are compiled with the newest libraries, which know what older servers know.

package main

import "errors"

func compileCommand([]string) int {
	return failed(errors.New("compile: not in a test cluster of an older version; use build/tools/testcluster"))
}
