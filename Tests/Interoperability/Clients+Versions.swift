/// Other versions of clients, and clients as old partners have them.
extension Client {
    /// Other versions do what touches the protocol in different ways; the rest is the same as for the version that does all.
    static let fewerSteps: [Step] = [
        .login, .list, .upload, .download, .large, .resumeUpload, .resumeDownload, .rename, .symlink, .wrongPassword,
        .missing,
    ]

    private static let bullseye = "the mirror's bullseye (Debian 11)"
    private static let trixie = "the mirror's trixie (Debian 13)"

    static let otherVersions: [Client] = [
        older("OpenSSH sftp (Debian 11)", ["openssh-sftp", "plain"]),
        newer("OpenSSH sftp (Debian 13)", ["openssh-sftp", "plain"]),
        older("PuTTY psftp (Debian 11)", ["putty", "psftp"], cannot: [.symlink: "it has no command for links"]),
        newer("PuTTY psftp (Debian 13)", ["putty", "psftp"], cannot: [.symlink: "it has no command for links"]),
        older("lftp (Debian 11)", ["lftp"]),
        newer("lftp (Debian 13)", ["lftp"]),
        newer(
            "curl (Debian 13)", ["curl"],
            cannot: [.symlink: "libssh2 1.11.1 makes the link and says that it failed, with OpenSSH's server too"]),
        older("libssh (Debian 11)", ["libssh"]),
        newer("libssh (Debian 13)", ["libssh"]),
        newer("JSch's successor (Debian 13)", ["jsch"]),
        newer("Apache MINA SSHD (Debian 13)", ["mina"]),
        python("paramiko 2.4", "paramiko-2.4", "paramiko"),
        python("paramiko 3.5", "paramiko-3.5", "paramiko"),
        python("asyncssh 2.0", "asyncssh-2.0", "asyncssh"),
    ]

    /// What can't connect unless the operator admits it.
    static let weak: [Client] = [
        Client(
            name: "OpenSSH sftp with group 1, 3DES (300 MiB: AES-CBC), HMAC-SHA-1, ssh-rsa",
            driver: ["openssh-sftp", "weak"],
            packages: "Debian openssh-client", isWeak: true),
        Client(
            name: "JSch with group 14 and SHA-1, AES-CBC, HMAC-SHA-1, ssh-rsa", driver: ["jsch", "weak"],
            packages: "Debian libjsch-java, default-jdk-headless", namesLeftOut: [.notUTF8: "its names are text"],
            isWeak: true),
        Client(
            name: "curl (Debian 11), as it is", driver: ["suite", "bullseye", "curl"], packages: bullseye, isWeak: true),
        Client(
            name: "paramiko 2.0, as it is", driver: ["python", "paramiko-2.0", "paramiko"],
            packages: "PyPI paramiko 2.0",
            namesLeftOut: [.notUTF8: "it uploads such a file and then can't list the directory"], isWeak: true),
    ]

    private static func older(_ name: String, _ driver: [String], cannot: [Step: String] = [:]) -> Client {
        Client(
            name: name, driver: ["suite", "bullseye"] + driver, packages: bullseye, cannot: cannot, steps: fewerSteps)
    }

    private static func newer(_ name: String, _ driver: [String], cannot: [Step: String] = [:]) -> Client {
        Client(name: name, driver: ["suite", "trixie"] + driver, packages: trixie, cannot: cannot, steps: fewerSteps)
    }

    private static func python(_ name: String, _ environment: String, _ library: String) -> Client {
        Client(name: name, driver: ["python", environment, library], packages: "PyPI \(name)", steps: fewerSteps)
    }
}
