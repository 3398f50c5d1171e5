import Registry

/// A user's right to weak algorithms on the wire.
struct AlgorithmsBody: Encodable {
    let username: String
    let legacyAlgorithms: Bool
    /// What the right makes weaker; absent without it.
    let weaker: [String]?

    init(_ user: User) {
        username = user.username
        legacyAlgorithms = user.legacyAlgorithms
        weaker = user.legacyAlgorithms ? Self.weaknesses : nil
    }

    /// A sentence for each thing that becomes weaker in this user's sessions, for the person who decides.
    static let weaknesses = [
        """
        The server may prove who it is by a signature with SHA-1, which can be forged at a cost: a man in the middle who \
        pays it could pose as the server, and learn the password and every file.
        """,
        """
        Keys may be agreed by Diffie-Hellman with 1,024 bits, which a large attacker can break: sessions that were \
        recorded could be read later, the password included.
        """,
        """
        Keys may be agreed with SHA-1 as the hash: somebody who can make two exchanges with the same SHA-1 could have \
        client and server agree on weaker algorithms than both prefer.
        """,
        """
        Where the client does not know strict key exchange, somebody on the line may take packets out of the beginning of \
        a connection in CBC mode with an encrypt-then-MAC MAC, unnoticed (Terrapin, CVE-2023-48795).
        """,
        """
        Data may be encrypted in CBC mode, in which somebody on the line who alters packets and watches the answers may \
        guess pieces of the text; with 3DES and its short blocks a long session gives pieces away to a mere listener.
        """,
        """
        Data may be authenticated with SHA-1: nobody can forge such a MAC today, but the margin is thin.
        """,
    ]
}
