/// Clients that people type commands into, and that scripts call.
extension Client {
    private static let noSession = "it copies; it has no command for this"

    static let openSSH: [Client] = [
        Client(name: "OpenSSH sftp", driver: ["openssh-sftp", "plain"], packages: "Debian openssh-client"),
        Client(
            name: "OpenSSH sftp, shared connection", driver: ["openssh-sftp", "shared"],
            packages: "Debian openssh-client"),
        Client(
            name: "OpenSSH sftp over Dropbear's dbclient", driver: ["openssh-sftp", "dropbear"],
            packages: "Debian dropbear-bin, openssh-client"),
        Client(
            name: "OpenSSH scp", driver: ["openssh-scp"], packages: "Debian openssh-client",
            cannot: [
                .list: noSession, .rename: noSession, .remove: noSession, .symlink: noSession,
                .resumeUpload: noSession, .resumeDownload: noSession,
            ]),
    ]

    static let commandLine: [Client] = [
        Client(
            name: "PuTTY psftp", driver: ["putty", "psftp"], packages: "Debian putty-tools",
            cannot: [.time: "it has no command for times", .symlink: "it has no command for links"]),
        Client(
            name: "PuTTY pscp", driver: ["putty", "pscp"], packages: "Debian putty-tools",
            cannot: [
                .rename: noSession, .remove: noSession, .symlink: noSession, .mode: "-p keeps times alone",
                .resumeUpload: noSession, .resumeDownload: noSession,
            ], namesLeftOut: [.backslash: "it takes the last part after a backslash for the name"]),
        Client(name: "lftp", driver: ["lftp"], packages: "Debian lftp"),
        Client(name: "curl", driver: ["curl"], packages: "Debian curl"),
        Client(
            name: "rclone", driver: ["rclone"], packages: "Debian rclone",
            cannot: [
                .mode: "it has no command for modes", .symlink: "it follows links or leaves them out",
                .resumeUpload: "it starts again", .resumeDownload: "it starts again",
            ],
            namesLeftOut: [
                .control: "it writes look-alikes (␇) on the server",
                .newline: "it writes look-alikes (␊) on the server",
                .notUTF8: "it writes look-alikes on the server",
            ]),
        Client(
            name: "gvfs (GNOME Files)", driver: ["gvfs"],
            packages: "Debian gvfs-backends, gvfs-daemons, libglib2.0-bin, dbus-daemon",
            cannot: [
                .symlink: "gio has no command for links", .resumeUpload: "it starts again",
                .resumeDownload: "it starts again",
            ]),
        Client(
            name: "restic", driver: ["restic"], packages: "Debian restic",
            cannot: [
                .list: ownFormat, .makeDirectories: ownFormat, .upload: ownFormat, .download: ownFormat,
                .resumeUpload: ownFormat, .resumeDownload: ownFormat, .rename: ownFormat, .mode: ownFormat,
                .time: ownFormat, .remove: ownFormat, .symlink: ownFormat,
            ], hasOwnFormat: true),
    ]

    private static let ownFormat = "it keeps a repository of its own format"
}
