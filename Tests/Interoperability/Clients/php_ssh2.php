<?php
// PHP's ssh2 extension, on libssh2.
if (!extension_loaded('ssh2')) exit(69);
require __DIR__ . '/php_steps.php';

class Client {
    private $sftp;
    private string $base;

    function __construct() {
        $session = must(ssh2_connect(getenv('BERTH_HOST'), (int) getenv('BERTH_PORT')), 'connect');
        must(ssh2_auth_password($session, getenv('BERTH_USER'), password()), 'login');
        $this->sftp = must(ssh2_sftp($session), 'sftp');
        $this->base = 'ssh2.sftp://' . intval($this->sftp);
    }

    private function copy(string $from, int $offset, string $to, string $mode) {
        $source = fopen($from, 'rb');
        $target = fopen($to, $mode);
        fseek($source, $offset);
        fseek($target, $offset);
        while (!feof($source)) {
            $part = fread($source, 1 << 17);
            while ($part !== '') $part = substr($part, must(fwrite($target, $part), 'write'));
        }
        return fclose($target);
    }

    function realpath(string $path) { return ssh2_sftp_realpath($this->sftp, $path); }
    function list(string $path): array {
        $names = [];
        foreach (scandir($this->base . $path) as $name) $names[$name] = is_dir($this->base . "$path/$name");
        return $names;
    }
    function mkdir(string $path) { return ssh2_sftp_mkdir($this->sftp, $path, 0755); }
    function put(string $local, string $remote) { return $this->copy($local, 0, $this->base . $remote, 'wb'); }
    function get(string $remote, string $local) {
        if (!file_exists($this->base . $remote)) {
            fwrite(STDERR, "no such file: $remote\n");
            return false;
        }
        return $this->copy($this->base . $remote, 0, $local, 'wb');
    }
    // Its mode "a" asks for APPEND without WRITE, which no server lets write.
    function resume_put(string $local, string $remote) {
        return $this->copy($local, ssh2_sftp_stat($this->sftp, $remote)['size'], $this->base . $remote, 'r+b');
    }
    function resume_get(string $remote, string $local) {
        return $this->copy($this->base . $remote, filesize($local), $local, 'ab');
    }
    function rename(string $old, string $new) { return ssh2_sftp_rename($this->sftp, $old, $new); }
    function chmod(string $path, int $mode) { return ssh2_sftp_chmod($this->sftp, $path, $mode); }
    function touch(string $path, int $time) { return false; }
    function unlink(string $path) { return ssh2_sftp_unlink($this->sftp, $path); }
    function rmdir(string $path) { return ssh2_sftp_rmdir($this->sftp, $path); }
    function symlink(string $target, string $link) { return ssh2_sftp_symlink($this->sftp, $target, $link); }
    function readlink(string $path) { return ssh2_sftp_readlink($this->sftp, $path); }
}

run(fn() => new Client(), $argv[1]);
