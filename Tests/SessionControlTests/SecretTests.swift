import SSHWire
import SessionControl
import Testing

@Suite struct SecretTests {
    @Test func aSecretShowsNothing() {
        let secret = Secret(copying: [UInt8]("hunter2".utf8).span.bytes)
        let request = AuthenticationRequest(attempt: 1, username: [65], method: .password, credential: secret)
        var dumped = ""
        dump(request, to: &dumped)
        for text in ["\(secret)", "\(request)", "\(SessionRequest.authenticate(request))", dumped] {
            #expect(!text.contains("hunter2"))
        }
    }
}
