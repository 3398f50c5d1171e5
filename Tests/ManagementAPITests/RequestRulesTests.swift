import NIOHTTP1
import Testing

@testable import ManagementAPI

@Suite struct RequestRulesTests {
    @Test(
        arguments: [
            ("/", "/"), ("/a/b?c=d", "/a/b?c=d"), ("//a", "//a"), ("/http://a/b", "/http://a/b"), ("http://a", "/"),
            ("http://a/", "/"), ("http://a:1/b?c", "/b?c"), ("HTTPS://[::1]:8022/b", "/b"), ("http://a?c=/d", "/?c=/d"),
            ("http://a//b", "//b"), ("http://a/http://b/c", "/http://b/c"),
            ("", nil), ("a", nil), ("*", nil), ("a:1", nil), ("http:/a", nil), ("http:///a", nil), ("http://", nil),
            ("ftp://a/b", nil), ("http://a@b/c", nil), ("http://a b/", nil), ("/a#b", nil), ("http://a/#", nil),
            ("://a/b", nil), ("http//a", nil), ("?a", nil),
        ] as [(String, String?)])
    func aTargetIsItsPathAndQuery(target: String, path: String?) {
        #expect(RequestRules.originForm(of: target, method: .GET) == path)
    }

    @Test func theOtherFormsAreForTheirMethods() {
        #expect(RequestRules.originForm(of: "*", method: .OPTIONS) == "*")
        #expect(RequestRules.originForm(of: "a:1", method: .CONNECT) == "a:1")
        #expect(RequestRules.originForm(of: "a:1", method: .OPTIONS) == nil)
    }

    @Test(
        arguments: [
            ([("Host", "a")], true), ([("host", "a:1")], true), ([("Host", "")], true), ([("Host", "[::1]:80")], true),
            ([("Host", "xn--a.example")], true), ([], false), ([("Host", "a"), ("Host", "a")], false),
            ([("Host", "a"), ("hOST", "b")], false), ([("Host", "a/b")], false), ([("Host", "a b")], false),
            ([("Host", "a@b")], false), ([("Host", "ä")], false), ([("Host", "a, b")], false),
            ([("Host", "a"), ("Transfer-Encoding", "chunked")], true),
            ([("Host", "a"), ("Transfer-Encoding", "Chunked")], true),
            ([("Host", "a"), ("Transfer-Encoding", "gzip, chunked")], false),
            ([("Host", "a"), ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")], false),
            ([("Host", "a"), ("Transfer-Encoding", "identity")], false),
            ([("Host", "a"), ("Transfer-Encoding", "")], false),
            ([("Host", "a"), ("X", "b\tc é")], true), ([("Host", "a"), ("X", "b\r\n c")], false),
            ([("Host", "a"), ("X", "b\u{0}")], false), ([("Host", "a"), ("X", "b\u{7f}")], false),
        ] as [([(String, String)], Bool)])
    func aHeadIsHeldToTheRules(fields: [(String, String)], isFine: Bool) {
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: HTTPHeaders(fields))
        #expect((RequestRules.fault(in: head) == nil) == isFine)
    }

    @Test func olderRequestsNeedNoHostAndHaveNoTransferCoding() {
        func isFine(_ fields: [(String, String)]) -> Bool {
            let head = HTTPRequestHead(version: .http1_0, method: .GET, uri: "/", headers: HTTPHeaders(fields))
            return RequestRules.fault(in: head) == nil
        }
        #expect(isFine([]) && isFine([("Host", "a")]))
        #expect(!isFine([("Host", "a"), ("Host", "b")]) && !isFine([("Transfer-Encoding", "chunked")]))
    }
}
