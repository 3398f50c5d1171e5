/// Clients that are libraries of programming languages.
extension Client {
    private static let paramikoNames: [OddName: String] = [
        .notUTF8: "it uploads such a file and then can't list the directory"
    ]

    static let python: [Client] = [
        Client(
            name: "paramiko (Debian 12)", driver: ["python", "debian", "paramiko"], packages: "Debian python3-paramiko",
            namesLeftOut: paramikoNames),
        Client(
            name: "paramiko (newest)", driver: ["python", "pypi", "paramiko"], packages: "PyPI paramiko",
            namesLeftOut: paramikoNames),
        Client(name: "asyncssh", driver: ["python", "pypi", "asyncssh"], packages: "PyPI asyncssh"),
        Client(name: "ssh2-python", driver: ["python", "pypi", "ssh2"], packages: "PyPI ssh2-python"),
    ]

    static let windows: [Client] = [
        Client(
            name: "WinSCP's sequence of requests", driver: ["python", "debian", "winscp"],
            packages: "Debian python3-paramiko")
    ]

    static let libraries: [Client] = [
        Client(name: "libssh", driver: ["libssh"], packages: "Debian libssh-dev"),
        Client(
            name: "PHP ssh2", driver: ["php", "php_ssh2"], packages: "Debian php-ssh2, php-cli",
            cannot: [.time: "it has no function for times"],
            namesLeftOut: [
                .pattern: "it cuts names at ? and #", .shell: "it cuts names at ? and #",
                .control: "it changes control characters", .newline: "it changes control characters",
            ]),
        Client(name: "phpseclib", driver: ["php", "phpseclib"], packages: "Debian php-phpseclib3, php-cli"),
        Client(
            name: "Go pkg/sftp", driver: ["go"],
            packages: "Debian golang-go, golang-github-pkg-sftp-dev, golang-golang-x-crypto-dev"),
        Client(name: "Ruby net-sftp", driver: ["ruby"], packages: "Debian ruby-net-sftp"),
        Client(
            name: "Perl Net::SFTP::Foreign", driver: ["perl"], packages: "Debian libnet-sftp-foreign-perl",
            namesLeftOut: [
                .newline: "its rput leaves names with a newline out",
                .umlaut: "its rget gives names that are not ASCII wrong names here",
                .japanese: "its rget gives names that are not ASCII wrong names here",
                .notUTF8: "its rget gives names that are not ASCII wrong names here",
            ]),
        Client(
            name: "Erlang ssh", driver: ["erlang"], packages: "Debian erlang-ssh",
            namesLeftOut: [.notUTF8: "its names are text"]),
        Client(name: "sshfs", driver: ["sshfs"], packages: "Debian sshfs; /dev/fuse"),
    ]

    static let java: [Client] = [
        Client(
            name: "JSch", driver: ["jsch"], packages: "Debian libjsch-java, default-jdk-headless",
            namesLeftOut: [.notUTF8: "its names are text"])
    ]
}
