// What the OpenAPI document says of the operations that are not on users.
extension OperationDescription {
    static let createKey = OperationDescription(
        "CreateApiKey", "Makes an API key", text: "The key itself is in this answer and nowhere else.",
        body: .required(.createKey),
        success: .created(
            .createdKey, "The key.",
            links: [Link(operation: "DeleteApiKey", parameters: ["id": "$response.body#/id"])]))

    static let listKeys = OperationDescription(
        "ListApiKeys", "Shows API keys, in the order of creation",
        text: "Never themselves; those that have expired are there, those that were deleted are not.",
        query: Parameter.page, success: .ok(.keys, "A page of keys.", links: [.nextPage(of: "ListApiKeys")]))

    static let deleteKey = OperationDescription(
        "DeleteApiKey", "Deletes an API key, at once",
        text: "Neither the only valid key with the right `admin` nor that of the service's credential can be deleted.",
        success: .noContent("The key is not valid any more."), errors: [.resourceConflict])

    static let listSessions = OperationDescription(
        "ListSessions", "Shows open sessions, in no particular order", query: [.sessionsOf] + Parameter.page,
        success: .ok(
            .sessions, "A page of sessions.", links: [.nextPage(of: "ListSessions"), .first("EndSession", "id")]))

    static let endSession = OperationDescription(
        "EndSession", "Ends a session, within a second", success: .noContent("The session has ended."))

    static let listBlocks = OperationDescription(
        "ListBlocks", "Shows addresses that are blocked for failed logins", text: "In the order in which they began.",
        query: Parameter.page,
        success: .ok(
            .blocks, "A page of blocks.", links: [.nextPage(of: "ListBlocks"), .first("DeleteBlock", "address")]))

    static let deleteBlock = OperationDescription(
        "DeleteBlock", "Ends a block", text: "What led to it is forgotten.",
        success: .noContent("The address is not blocked any more."))

    static let getStatus = OperationDescription(
        "GetStatus", "Shows the service as a whole", success: .ok(.status, "What it is and how it is doing."))

    static let getMetrics = OperationDescription(
        "GetMetrics", "Shows what is measured, for Prometheus",
        success: .ok(.metrics, "The metrics in Prometheus' text format.", mediaType: "text/plain"))

    static let getHealth = OperationDescription(
        "GetHealth", "Says that the process runs", success: .ok(.health, "It does."))

    static let getReadiness = OperationDescription(
        "GetReadiness", "Says whether the registry and the SFTP listener answer",
        success: .ok(.health, "They do."), errors: [.serviceUnavailable])

    static let getDocument = OperationDescription(
        "GetOpenAPIDocument", "This document", success: .ok(.document, "The document, in OpenAPI 3.1."))
}
