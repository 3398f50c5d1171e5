<?php
// The steps of the matrix for clients that are PHP libraries. A driver gives a function that connects and returns an object
// with the methods used here.

function here(string $name): string { return getenv('BERTH_LOCAL') . "/$name"; }
function there(string $name): string { return getenv('BERTH_REMOTE') . "/$name"; }
function password(): string { return rtrim(fgets(fopen(getenv('BERTH_PASSWORD_FILE'), 'r')), "\n"); }

function must(mixed $result, string $what): mixed {
    if ($result === false) {
        fwrite(STDERR, "$what failed\n");
        exit(1);
    }
    return $result;
}

// Fails without a word of PHP's are failures too.
set_error_handler(function (int $level, string $message): bool {
    if (error_reporting() & $level & ~E_DEPRECATED & ~E_USER_DEPRECATED) {
        fwrite(STDERR, "$message\n");
        exit(1);
    }
    return true;
});

function put_tree(object $client, string $local, string $remote): void {
    must($client->mkdir($remote), "mkdir $remote");
    foreach (array_diff(scandir($local), ['.', '..']) as $name) {
        if (is_dir("$local/$name")) put_tree($client, "$local/$name", "$remote/$name");
        else must($client->put("$local/$name", "$remote/$name"), "put $name");
    }
}

function get_tree(object $client, string $remote, string $local): void {
    mkdir($local);
    foreach ($client->list($remote) as $name => $is_directory) {
        $name = (string) $name;
        if ($name === '.' || $name === '..') continue;
        if ($is_directory) get_tree($client, "$remote/$name", "$local/$name");
        else must($client->get("$remote/$name", "$local/$name"), "get $name");
    }
}

function run(callable $connect, string $step): void {
    $client = $connect();
    $files = ['empty', 'one', 'mebibyte'];
    switch ($step) {
        case 'login':
        case 'wrong-password': print(must($client->realpath('.'), 'realpath') . "\n"); break;
        case 'list': print(implode("\n", array_keys($client->list(there('')))) . "\n"); break;
        case 'make-directories':
            must($client->mkdir(there('made')), 'made');
            must($client->mkdir(there('made/deeper')), 'deeper');
            break;
        case 'upload': foreach ($files as $name) must($client->put(here($name), there($name)), $name); break;
        case 'download': foreach ($files as $name) must($client->get(there($name), here($name)), $name); break;
        case 'large':
            must($client->put(getenv('BERTH_LARGE'), there('large')), 'put');
            must($client->get(there('large'), here('large')), 'get');
            break;
        case 'resume-upload': must($client->resume_put(here('file'), there('file')), 'resume'); break;
        case 'resume-download': must($client->resume_get(there('file'), here('file')), 'resume'); break;
        case 'rename': must($client->rename(there('old'), there('new')), 'rename'); break;
        case 'mode': must($client->chmod(there('file'), 0604), 'mode'); break;
        case 'time': must($client->touch(there('file'), 1234567890), 'time'); break;
        case 'remove':
            must($client->unlink(there('file')), 'file');
            must($client->rmdir(there('directory')), 'directory');
            break;
        case 'symlink':
            must($client->symlink('target', there('link')), 'symlink');
            must($client->readlink(there('link')) === 'target', 'readlink');
            break;
        case 'names':
        case 'tree':
            put_tree($client, here($step), there($step));
            get_tree($client, there($step), here('back'));
            break;
        case 'missing': must($client->get(there('missing'), here('missing')), 'get'); break;
        default: fwrite(STDERR, "unknown step: $step\n"); exit(64);
    }
}
