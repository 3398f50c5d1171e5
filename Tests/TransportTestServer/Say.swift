import Glibc

/// Writes a line to standard output at once, for the tests that wait for it.
func say(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { bytes in
        _ = write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
    }
}
