import Foundation
import HTTPTypes

@testable import ManagementAPI

/// The OpenAPI document, and what it says about requests and their answers.
struct DocumentedAPI {
    /// An operation of the document.
    struct Operation {
        let method: HTTPRequest.Method
        let path: String
        let node: JSONValue

        var id: String { node["operationId"]?.text ?? "" }
    }

    /// That of the API of the tests.
    static let shared = Result { try DocumentedAPI(text: APIFixture().documentText) }

    let root: JSONValue
    let operations: [Operation]

    init(text: String) throws {
        let root = try JSONReader.read(Array(text.utf8))
        self.root = root
        operations = (root["paths"]?.members ?? [:]).flatMap { path, item in
            item.members.compactMap { method, node in
                HTTPRequest.Method(rawValue: method.uppercased()).map { Operation(method: $0, path: path, node: node) }
            }
        }
    }

    /// The operation that a request with this target is; nil for one that is none.
    func operation(_ method: HTTPRequest.Method, _ target: String) -> Operation? {
        let path = target.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
        return operations.first { operation in
            let template = operation.path.split(separator: "/", omittingEmptySubsequences: false)
            return operation.method == method && template.count == path.count
                && zip(template, path).allSatisfy { $0 == $1 || ($0.hasPrefix("{") && !$1.isEmpty) }
        }
    }

    /// What the document says otherwise of an answer to a request. What is none of the document's gets an error that is.
    func faults(_ method: HTTPRequest.Method, _ target: String, _ answer: Answer) -> [String] {
        guard let operation = operation(method, target) else {
            // A target may be written in more ways than one, so this may be an operation's.
            return answer.status < 400 ? [] : faults(ofError: answer, hasBody: method != .head)
        }
        guard let response = operation.node["responses"]?[String(answer.status)] else {
            return ["\(operation.id) may not answer \(answer.status)"]
        }
        return faults(resolved(response), answer).map { "\(operation.id), \(answer.status): \($0)" }
    }

    /// What no error of the document has, whatever was asked for.
    func faults(ofError answer: Answer, hasBody: Bool = true) -> [String] {
        let name = answer.headers[.errorType].flatMap { APIError.Name(rawValue: $0) }
        guard name?.status.code == answer.status else { return ["\(answer.status) is not of the error that it names"] }
        let faults = (root["components"]?["responses"]?.members ?? [:])
            .filter { $0.key.hasSuffix("WithoutBody") != hasBody }.map { self.faults($0.value, answer) }
        return faults.contains { $0.isEmpty } ? [] : ["\(answer.status) is no error of the document"]
    }

    private func faults(_ response: JSONValue, _ answer: Answer) -> [String] {
        var faults: [String] = []
        for (name, header) in response["headers"]?.members ?? [:] {
            guard let field = HTTPField.Name(name), let value = answer.headers[field] else {
                faults.append("the header \(name) is not there")
                continue
            }
            if let schema = resolved(header)["schema"] {
                let isNumber = resolved(schema)["type"]?.text == "integer" && Int(value) != nil
                faults += self.faults(isNumber ? .number(value) : .string(value), schema, "header \(name)")
            }
        }
        guard let (type, media) = response["content"]?.members.first else {
            return answer.text.isEmpty ? faults : faults + ["there is a body"]
        }
        guard answer.headers[.contentType]?.hasPrefix(type) == true else { return faults + ["it is no \(type)"] }
        guard type == "application/json" else { return faults }
        guard let value = try? JSONReader.read(Array(answer.text.utf8)), let schema = media["schema"] else {
            return faults + ["the body is no JSON"]
        }
        return faults + self.faults(value, schema, "body")
    }

    /// What is referred to, instead of the reference.
    func resolved(_ node: JSONValue) -> JSONValue {
        node["$ref"]?.text.flatMap { target(of: $0) } ?? node
    }

    /// Where a reference leads; nil for nowhere.
    func target(of reference: String) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(root) { $0?[String($1)] }
    }
}

extension JSONValue {
    var members: [String: JSONValue] {
        guard case .object(let members) = self else { return [:] }
        return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    }

    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    subscript(name: String) -> JSONValue? { members[name] }
}
