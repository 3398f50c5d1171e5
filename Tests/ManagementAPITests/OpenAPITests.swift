import Foundation
import HTTPTypes
import Provisioning
import Registry
import Testing

@testable import ManagementAPI

/// The document says what the service does. That its answers are as documented is checked with every request of these tests:
/// see ``Client``.
@Suite struct OpenAPITests {
    let fixture: APIFixture
    let document: DocumentedAPI

    init() throws {
        fixture = try APIFixture()
        document = try DocumentedAPI.shared.get()
    }

    @Test func `the document has the operations that the API has, and no others`() {
        let routes = fixture.routes.flatMap { route in route.methods.map { "\($0.rawValue) \(route.template)" } }
        let documented = document.operations.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(routes).count == routes.count)
        #expect(documented.sorted() == routes.sorted())
        #expect(documented.contains("GET /openapi.json"))
    }

    @Test func `at each of its paths the API knows the methods of the document, and no others`() async throws {
        let paths = Dictionary(grouping: document.operations, by: \.path)
        try await fixture.withClient { client async throws in
            for (path, operations) in paths {
                let target = path.replacing(/\{[a-z]+\}/, with: "AAAAAAAA")
                let refused = try await client.send(.trace, target)
                #expect(refused.isError("MethodNotAllowedException", 405), "\(path)")
                let allowed = refused.headers[.allow]?.split(separator: ", ").map(String.init) ?? []
                #expect(allowed.sorted() == operations.map(\.method.rawValue).sorted(), "\(path)")
            }
        }
    }

    @Test func `the document is served to anyone, and is the same each time`() async throws {
        let text = fixture.documentText
        #expect(try APIFixture().documentText == text, "it depends on the installation")
        try await fixture.withClient { client async throws in
            let answer = try await client.send(.get, "/openapi.json", authorization: "")
            #expect(answer.status == 200 && answer.headers[.contentType] == "application/json")
            #expect(answer.text == text)
            let head = try await client.send(.head, "/openapi.json", authorization: "")
            #expect(head.status == 200 && head.text.isEmpty)
        }
    }

    @Test func `each operation has a name of its own, a summary, and the key that it takes`() throws {
        let ids = document.operations.map(\.id)
        #expect(Set(ids).count == ids.count && !ids.contains(""))
        let keyless = Set(["/healthz", "/readyz", "/openapi.json"])
        for operation in document.operations {
            #expect(operation.node["summary"]?.text?.isEmpty == false, "\(operation.id)")
            // Without its own, that of the document holds.
            #expect((operation.node["security"] == .array([])) == keyless.contains(operation.path), "\(operation.id)")
            let route = try #require(
                fixture.routes.first { $0.template == operation.path && $0.methods.contains(operation.method) })
            guard let right = route.right else { continue }
            #expect(operation.node["description"]?.text?.contains("`\(right.rawValue)`") == true, "\(operation.id)")
        }
    }

    @Test func `each reference and each link leads somewhere`() {
        for reference in references(document.root) {
            #expect(document.target(of: reference) != nil, "\(reference)")
        }
        let operations = Dictionary(uniqueKeysWithValues: document.operations.map { ($0.id, $0) })
        for operation in document.operations {
            for link in operation.node["responses"]?.members.values.flatMap({
                $0["links"]?.members.values.map(\.self) ?? []
            }) ?? [] {
                let target = link["operationId"]?.text.flatMap { operations[$0] }
                let known = target?.node["parameters"]?.elements.compactMap { $0["name"]?.text } ?? []
                let given = link["parameters"]?.members.keys.map(\.self) ?? []
                #expect(target != nil && Set(given).isSubset(of: known), "\(operation.id): \(link)")
            }
        }
    }

    private func references(_ node: JSONValue) -> [String] {
        switch node {
        case .object: node.members.flatMap { name, value in name == "$ref" ? [value.text ?? ""] : references(value) }
        case .array(let elements): elements.flatMap(references)
        default: []
        }
    }

    @Test func `each body, parameter and header has an example, which its schema allows`() {
        var count = 0
        func check(_ node: JSONValue, _ place: String) {
            let node = document.resolved(node)
            guard let schema = node["schema"] else {
                Issue.record("\(place) has no schema")
                return
            }
            var examples = node["examples"]?.members.values.compactMap { $0["value"] } ?? []
            if let example = node["example"] { examples.append(example) }
            #expect(!examples.isEmpty || schema["const"] != nil || schema["enum"] != nil, "\(place) has no example")
            for example in examples { #expect(document.faults(example, schema, place) == []) }
            count += examples.count
        }
        for operation in document.operations {
            for parameter in operation.node["parameters"]?.elements ?? [] { check(parameter, operation.id) }
            for media in operation.node["requestBody"]?["content"]?.members.values.map(\.self) ?? [] {
                check(media, operation.id)
            }
            for (status, response) in operation.node["responses"]?.members ?? [:] {
                let response = document.resolved(response)
                let place = "\(operation.id), \(status)"
                for media in response["content"]?.members.values.map(\.self) ?? [] { check(media, place) }
                // Of the errors' headers the schemas say all there is to say.
                guard status.hasPrefix("2") else { continue }
                for header in response["headers"]?.members.values.map(\.self) ?? [] { check(header, place) }
            }
        }
        #expect(count > 100)
    }

    @Test(arguments: [
        ("/", true), ("/a", true), ("/a/", true), ("/a/b.c+d:e_f-g/", true), ("/.a", true), ("/a.berth/..b", true),
        ("/" + String(repeating: "a", count: 255), true), (String(repeating: "/a", count: 512), true),
        ("", false), ("a", false), ("//", false), ("/a//b", false), ("/.", false), ("/a/..", false), ("/../a", false),
        ("/.berth", false), ("/a/.berth/b", false), ("/ä", false), ("/a b", false), ("/a\n", false),
        ("/xberth/.", false),
        ("/" + String(repeating: "a", count: 256), false), (String(repeating: "/a", count: 513), false),
    ])
    func `homes are documented as they are checked`(home: String, isAllowed: Bool) throws {
        let schema = try #require(
            document.target(of: "#/components/schemas/CreateUserRequest/properties/homeDirectory"))
        #expect(document.faults(.string(home), schema, "home").isEmpty == isAllowed)
        #expect((UserRules.fault(homeDirectory: home) == nil) == isAllowed)
    }

    @Test(arguments: [
        "*", "\"a\"", "W/\"a\"", "\"\"", "\"a\",\"b\"", "\"a\" , ,\tW/\"b\" ,", ", \"a\"", "\"ä\"", "", ",", "a", "\"a",
        "a\"",
        "**", "* ,", "\"a\"\"b\"", "\"a b\"", "w/\"a\"", "\"a\";", "\"a\" \"b\"",
    ])
    func `If-Match is documented as it is read`(value: String) throws {
        let headers: HTTPFields = [.ifMatch: value]
        let isRead = (try? EntityTag.Condition(headers)) != nil
        #expect(DocumentedAPI.matches(value, EntityTag.Condition.pattern) == isRead)
    }

    @Test func `JSON is written so that it is read as it was`() throws {
        let text = "\"\\/\u{0}\u{1f}\n é🔑\u{2028}"
        let node: JSONNode = ["b": [nil, true, -5, .string(text)], "a": [:], "c": []]
        #expect(node.text.hasPrefix(#"{"a":{},"b":[null,true,-5,""#))
        let read = try JSONReader.read(Array(node.text.utf8))
        #expect(read["b"] == .array([.null, .boolean(true), .number("-5"), .string(text)]))
        #expect(read["c"] == .array([]) && read["a"] == .object([]))
    }
}
