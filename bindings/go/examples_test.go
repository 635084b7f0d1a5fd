package ltn_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"lightning.invalid/ltn"
)

// flags are those that this test was built with and its examples need: a library with AddressSanitizer
// is only loaded by a program that has it too.
func flags() (out []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "-tags", "-asan":
			out = append(out, setting.Key+"="+setting.Value)
		}
	}
	return out
}

func buildExamples(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	arguments := append(append([]string{"build"}, flags()...), "-o", folder+"/", "./examples/...")
	build := exec.Command("go", arguments...)
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return folder
}

// The programs of the README, as a reader would run them, against the server of the README.
func TestTheExamplesRun(t *testing.T) {
	bin := buildExamples(t)
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
	run := func(t *testing.T, name string, arguments ...string) string {
		text, err := exec.Command(filepath.Join(bin, name), arguments...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", name, err, text)
		}
		return string(text)
	}
	expect := func(t *testing.T, want, came string) {
		if came != want {
			t.Errorf("expected %q, came %q", want, came)
		}
	}
	t.Run("client", func(t *testing.T) {
		expect(t, "answer: hello\n", run(t, "client", address, hotkey, "hello"))
	})
	t.Run("stream", func(t *testing.T) {
		expect(t, "chunk: 0\nchunk: 1\nchunk: 2\nchunk: 3\nchunk: 4\n",
			run(t, "stream", address, hotkey))
	})
	t.Run("signer", func(t *testing.T) {
		expect(t, "answer: signed elsewhere\n", run(t, "signer", address, hotkey))
	})
	t.Run("wallet", func(t *testing.T) {
		root := t.TempDir()
		first := run(t, "wallet", root, "w", "h")
		if _, err := ltn.ParseKey(strings.TrimSpace(first)); err != nil {
			t.Errorf("the wallet says %q", first)
		}
		expect(t, first, run(t, "wallet", root, "w", "h"))
	})
	t.Run("server", func(t *testing.T) {
		must(t, stdin.Close())
		must(t, server.Wait())
	})
}

// A reader who copies a sample has the file that is tested.
func TestTheReadmeShowsTheExamples(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	must(t, err)
	files, err := filepath.Glob(filepath.Join("examples", "*", "main.go"))
	must(t, err)
	if len(files) != 5 {
		t.Fatalf("expected five examples, came %v", files)
	}
	for _, file := range files {
		program, err := os.ReadFile(file)
		must(t, err)
		if !strings.Contains(string(readme), "```go\n"+string(program)+"```\n") {
			t.Errorf("README.md does not show %s as it is", file)
		}
	}
}
