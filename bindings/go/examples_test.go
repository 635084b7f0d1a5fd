package ltn_test

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"lightning.invalid/ltn"
)

// tags are those that this test was built with.
func tags() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "-tags" {
				return setting.Value
			}
		}
	}
	return ""
}

// The programs of the README, as a reader would run them.
func TestTheExamplesRun(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "build", "-tags", tags(), "-o", bin+"/", "./examples/...")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	server := exec.Command(filepath.Join(bin, "server"), filepath.Join(t.TempDir(), "key"))
	stdin, err := server.StdinPipe()
	must(t, err)
	stdout, err := server.StdoutPipe()
	must(t, err)
	must(t, server.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(t, err)
	var address, hotkey string
	_, err = fmt.Sscan(line, &address, &hotkey)
	must(t, err)
	run := func(name string, arguments ...string) string {
		text, err := exec.Command(filepath.Join(bin, name), arguments...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", name, err, text)
		}
		return string(text)
	}
	expect := func(want, came string) {
		if came != want {
			t.Errorf("expected %q, came %q", want, came)
		}
	}
	expect("answer: hello\n", run("client", address, hotkey, "hello"))
	expect("chunk: 0\nchunk: 1\nchunk: 2\nchunk: 3\nchunk: 4\n", run("stream", address, hotkey))
	expect("answer: signed elsewhere\n", run("signer", address, hotkey))
	root := t.TempDir()
	first := run("wallet", root, "w", "h")
	if _, err := ltn.ParseKey(strings.TrimSpace(first)); err != nil {
		t.Errorf("the wallet says %q", first)
	}
	expect(first, run("wallet", root, "w", "h"))
	must(t, stdin.Close())
	must(t, server.Wait())
}
