import Foundation
import Testing

@testable import BerthClient

@Suite struct ErrorTests {
    private static let metadata = ResponseMetadata(httpStatusCode: 400, requestID: "r-1", attempts: 1)

    private func error(
        _ status: Int, _ headers: [String: String], _ body: String, mayHaveBeenCarriedOut: Bool = false
    ) -> SftpClientError {
        SftpClientError(
            WireResponse(status: status, headers: headers, body: Data(body.utf8)), operation: "CreateUser",
            region: "us", mayHaveBeenCarriedOut: mayHaveBeenCarriedOut, metadata: Self.metadata)
    }

    @Test(arguments: [
        "ValidationException", "UnauthorizedException", "AccessDeniedException", "ResourceNotFoundException",
        "ResourceConflictException", "PreconditionFailed", "UnknownOperationException",
        "MethodNotAllowedException", "RequestEntityTooLargeException", "UnsupportedMediaTypeException",
        "ServiceQuotaExceededException", "ThrottlingException", "BucketProvisioningTimeout", "SftpProvisioningTimeout",
        "UnmappedException", "ServiceUnavailableException",
    ])
    func `each name of the contract is an error of its own, with message and request id`(name: String) {
        let byHeader = error(400, ["x-amzn-errortype": name], #"{"message":"Because."}"#)
        let byBody = error(400, [:], #"{"code":"\#(name)","message":"Because."}"#)
        for error in [byHeader, byBody] {
            #expect(error.name == name && error.message == "Because." && error.requestID == "r-1", "\(error)")
            if case .unknown = error { Issue.record("\(name) is not known") }
            #expect(error.description.contains("us") && error.description.contains("r-1"))
            #expect(error.localizedDescription == error.description)
        }
    }

    @Test func `an unknown name keeps its name`() {
        let error = error(418, ["x-amzn-errortype": "TeapotException"], #"{"message":"Short and stout."}"#)
        guard case .unknown("TeapotException", let failure) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(failure.message == "Short and stout." && error.name == "TeapotException")
    }

    @Test(arguments: [
        "ValidationException", "aws.protocoltests.restjson#ValidationException",
        "ValidationException:http://internal.amazon.com/coral/com.amazon.coral.validate/",
        "ns#ValidationException:http://internal/",
    ])
    func `a name may have what restJson1 allows around it`(header: String) {
        #expect(error(400, ["x-amzn-errortype": header], "{}").name == "ValidationException")
    }

    @Test func `every wrong member is in the error`() {
        let body = #"""
            {"code":"ValidationException","message":"m","fieldList":[{"path":"/description","message":"a"},\#
            {"path":"/passwordOptions/length","message":"b"}]}
            """#
        guard case .validation(let fields, _) = error(400, [:], body) else {
            Issue.record("not a validation error")
            return
        }
        #expect(
            fields == [
                FieldError(path: "/description", message: "a"),
                FieldError(path: "/passwordOptions/length", message: "b"),
            ])
    }

    @Test(arguments: ["", "<html>Bad gateway</html>", "[]", "{", "null", #"{"message":7}"#, #"{"code":""}"#])
    func `what is none of the service's is said to be so`(body: String) {
        guard case .unexpectedResponse(let failure) = error(502, [:], body) else {
            Issue.record("\(error(502, [:], body))")
            return
        }
        #expect(failure.metadata == Self.metadata && !failure.message.contains("html"))
    }

    @Test func `what may have been carried out is said to be so, whatever the error is called`() {
        for name in ["UnmappedException", "ValidationException", "TeapotException", ""] {
            for isSo in [true, false] {
                let error = error(500, ["x-amzn-errortype": name], "{}", mayHaveBeenCarriedOut: isSo)
                #expect(error.mayHaveBeenCarriedOut == isSo && error.failure?.mayHaveBeenCarriedOut == isSo)
                #expect(error.description.contains("it may have been carried out") == isSo, "\(error)")
            }
        }
        #expect(!SftpClientError.missingAPIKey.mayHaveBeenCarriedOut)
    }

    @Test func `a construction error says what to do`() {
        #expect(SftpClientError.missingRegion.description.contains("region"))
        #expect(SftpClientError.missingEndpoint.description.contains("BERTH_API"))
        #expect(SftpClientError.missingRegion.requestID == nil && SftpClientError.missingRegion.name == nil)
    }
}
