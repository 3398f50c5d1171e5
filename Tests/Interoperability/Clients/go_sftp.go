// Go's pkg/sftp on x/crypto/ssh; `go` compiles it.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

var local, remote = os.Getenv("BERTH_LOCAL"), os.Getenv("BERTH_REMOTE")
var client *sftp.Client

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func here(name string) string  { return local + "/" + name }
func there(name string) string { return remote + "/" + name }

func connect() {
	file, err := os.Open(os.Getenv("BERTH_PASSWORD_FILE"))
	check(err)
	password, err := bufio.NewReader(file).ReadString('\n')
	check(err)
	keys, err := knownhosts.New(os.Getenv("BERTH_KNOWN_HOSTS"))
	check(err)
	connection, err := ssh.Dial("tcp", os.Getenv("BERTH_HOST")+":"+os.Getenv("BERTH_PORT"), &ssh.ClientConfig{
		User:            os.Getenv("BERTH_USER"),
		Auth:            []ssh.AuthMethod{ssh.Password(strings.TrimSuffix(password, "\n"))},
		HostKeyCallback: keys,
		// It does not choose by what is known.
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		Timeout:           20 * time.Second,
	})
	check(err)
	client, err = sftp.NewClient(connection, sftp.UseConcurrentWrites(true))
	check(err)
}

func put(from, to string, offset int64) {
	source, err := os.Open(from)
	check(err)
	defer source.Close()
	flags := os.O_WRONLY | os.O_CREATE
	if offset == 0 {
		flags |= os.O_TRUNC
	}
	target, err := client.OpenFile(to, flags)
	check(err)
	_, err = source.Seek(offset, io.SeekStart)
	check(err)
	_, err = target.Seek(offset, io.SeekStart)
	check(err)
	_, err = target.ReadFrom(source)
	check(err)
	check(target.Close())
}

func get(from, to string, offset int64) {
	source, err := client.Open(from)
	check(err)
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE, 0o644)
	check(err)
	_, err = source.Seek(offset, io.SeekStart)
	check(err)
	_, err = target.Seek(offset, io.SeekStart)
	check(err)
	_, err = source.WriteTo(target)
	check(err)
	check(target.Close())
}

func putTree(name string) {
	check(filepath.Walk(here(name), func(path string, info os.FileInfo, err error) error {
		check(err)
		to := remote + strings.TrimPrefix(path, local)
		if info.IsDir() {
			check(client.Mkdir(to))
		} else {
			put(path, to, 0)
		}
		return nil
	}))
}

func getTree(name string) {
	walker := client.Walk(there(name))
	for walker.Step() {
		check(walker.Err())
		to := here("back") + strings.TrimPrefix(walker.Path(), there(name))
		if walker.Stat().IsDir() {
			check(os.Mkdir(to, 0o755))
		} else {
			get(walker.Path(), to, 0)
		}
	}
}

func size(info os.FileInfo, err error) int64 {
	check(err)
	return info.Size()
}

func main() {
	step := os.Args[1]
	connect()
	files := []string{"empty", "one", "mebibyte"}
	switch step {
	case "login", "wrong-password":
		path, err := client.Getwd()
		check(err)
		fmt.Println(path)
	case "list":
		entries, err := client.ReadDir(remote)
		check(err)
		for _, entry := range entries {
			fmt.Println(entry.Name())
		}
	case "make-directories":
		check(client.Mkdir(there("made")))
		check(client.Mkdir(there("made/deeper")))
	case "upload":
		for _, name := range files {
			put(here(name), there(name), 0)
		}
	case "download":
		for _, name := range files {
			get(there(name), here(name), 0)
		}
	case "large":
		put(os.Getenv("BERTH_LARGE"), there("large"), 0)
		get(there("large"), here("large"), 0)
	case "resume-upload":
		put(here("file"), there("file"), size(client.Stat(there("file"))))
	case "resume-download":
		get(there("file"), here("file"), size(os.Stat(here("file"))))
	case "rename":
		check(client.Rename(there("old"), there("new")))
	case "mode":
		check(client.Chmod(there("file"), 0o604))
	case "time":
		when := time.Unix(1234567890, 0)
		check(client.Chtimes(there("file"), when, when))
	case "remove":
		check(client.Remove(there("file")))
		check(client.RemoveDirectory(there("directory")))
	case "symlink":
		check(client.Symlink("target", there("link")))
		target, err := client.ReadLink(there("link"))
		check(err)
		fmt.Println(target)
	case "names", "tree":
		putTree(step)
		getTree(step)
	case "missing":
		get(there("missing"), here("missing"), 0)
	default:
		os.Exit(64)
	}
	check(client.Close())
}
