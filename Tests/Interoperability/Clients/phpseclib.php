<?php
// phpseclib 3.
if (!@include 'phpseclib3/autoload.php') exit(69);
require __DIR__ . '/php_steps.php';

use phpseclib3\Net\SFTP;

class Client {
    private SFTP $sftp;

    function __construct() {
        $this->sftp = new SFTP(getenv('BERTH_HOST'), (int) getenv('BERTH_PORT'), 30);
        $key = base64_decode(explode(' ', $this->sftp->getServerPublicHostKey())[1]);
        $print = 'SHA256:' . rtrim(base64_encode(hash('sha256', $key, true)), '=');
        must(in_array($print, explode(' ', getenv('BERTH_HOST_KEYS'))), 'host key');
        must($this->sftp->login(getenv('BERTH_USER'), password()), 'login');
        // Names go as they are, not relative to a directory that is asked for each time.
        $this->sftp->disableStatCache();
    }

    // false comes with the server's words apart from it.
    private function said(mixed $result): mixed {
        if ($result === false) fwrite(STDERR, implode("\n", $this->sftp->getSFTPErrors()) . "\n");
        return $result;
    }

    function realpath(string $path) { return $this->sftp->realpath($path); }
    function list(string $path): array {
        return array_map(fn($entry) => $entry['type'] === 2, must($this->said($this->sftp->rawlist($path)), 'list'));
    }
    function mkdir(string $path) { return $this->said($this->sftp->mkdir($path)); }
    function put(string $local, string $remote) {
        return $this->said($this->sftp->put($remote, $local, SFTP::SOURCE_LOCAL_FILE));
    }
    function get(string $remote, string $local) { return $this->said($this->sftp->get($remote, $local)); }
    function resume_put(string $local, string $remote) {
        // RESUME alone appends the whole of the local file.
        $offset = $this->sftp->filesize($remote);
        return $this->said($this->sftp->put($remote, $local, SFTP::SOURCE_LOCAL_FILE | SFTP::RESUME, $offset, $offset));
    }
    function resume_get(string $remote, string $local) {
        // It overwrites a local file given by name, and appends to one that is open.
        $file = fopen($local, 'ab');
        return $this->said($this->sftp->get($remote, $file, filesize($local)));
    }
    function rename(string $old, string $new) { return $this->said($this->sftp->rename($old, $new)); }
    function chmod(string $path, int $mode) { return $this->said($this->sftp->chmod($mode, $path)); }
    function touch(string $path, int $time) { return $this->said($this->sftp->touch($path, $time, $time)); }
    function unlink(string $path) { return $this->said($this->sftp->delete($path, false)); }
    function rmdir(string $path) { return $this->said($this->sftp->rmdir($path)); }
    function symlink(string $target, string $link) { return $this->said($this->sftp->symlink($target, $link)); }
    function readlink(string $path) { return $this->said($this->sftp->readlink($path)); }
}

run(fn() => new Client(), $argv[1]);
