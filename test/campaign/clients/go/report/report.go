// Package report prints one line a check: `good WHAT` or `BAD WHAT: WHY`; `said WHAT: WORDS` for what a client says of something
// that is not offered.
package report

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"
)

var failed bool

// Unique is a name no other run has.
func Unique(name string) string {
	random := make([]byte, 4)
	_, _ = rand.Read(random)
	return name + "-" + hex.EncodeToString(random)
}

func Check(what string, holds bool, why ...any) {
	if holds {
		fmt.Println("good", what)
		return
	}
	failed = true
	fmt.Printf("BAD %s: %v\n", what, why)
}

// Must ends the program where an error leaves nothing to go on with.
func Must(what string, err error) {
	if err != nil {
		fmt.Printf("BAD %s: %v\n", what, err)
		os.Exit(1)
	}
}

// Refused holds when the attempt fails within the limit.
func Refused(what string, limit time.Duration, attempt func() error) {
	began := time.Now()
	err := attempt()
	fmt.Printf("said %s: %s\n", what, strings.ReplaceAll(fmt.Sprint(err), "\n", " "))
	Check(what+" is refused at once, in words", err != nil && time.Since(began) < limit, time.Since(began))
}

func Finish() {
	if failed {
		os.Exit(1)
	}
}
