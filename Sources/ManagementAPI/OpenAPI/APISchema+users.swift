import Provisioning

// Users and their passwords.
extension APISchema {
    static let users = [user, createdUser, userPage, createUser, updateUser]
    static let passwords = [resetPassword, passwordReset, password, passwordPage]

    private static let reservedSegment = UserRules.reservedSegment.replacing(".", with: #"\."#)
    private static let homeDirectory: JSONNode = [
        "type": "string", "minLength": 1, "maxLength": .integer(UserRules.homeDirectoryLimitBytes),
        "pattern": "^(/[A-Za-z0-9_:.+-]{1,\(UserRules.segmentLimitBytes)})*/?$",
        // Segments that mean something else, and the reserved one.
        "not": ["pattern": .string(#"/(\.|\.\.|\#(reservedSegment))(/|$)"#)],
        "description": "The directory in the bucket that the user sees as `/`; `/` is the whole bucket.",
    ]
    private static let description: JSONNode = [
        "type": "string", "pattern": "^[A-Za-z0-9_/ -]{1,\(UserRules.descriptionLimit)}$",
    ]
    private static let bucketName: JSONNode = [
        "type": ["string", "null"], "description": "Nothing but the bucket of all users, if it is given.",
    ]
    private static let newPassword: JSONNode = [
        "type": "string",
        "pattern":
            "^[A-Za-z0-9]{\(UserRules.passwordLengths.lowerBound),\(UserRules.passwordLengths.upperBound)}$",
        "description": "Shown this once.",
    ]
    private static let passwordOptions: JSONNode = [
        "type": ["object", "null"], "required": ["length"],
        "properties": [
            "length": integer(UserRules.passwordLengths).with([
                "description": "Characters; \(UserRules.defaultPasswordLength) without `passwordOptions`."
            ])
        ],
    ]

    private static let userProperties: [String: JSONNode] = [
        "username": username, "homeDirectory": homeDirectory, "description": description,
        "bucketName": ["type": "string", "description": "The bucket of all users."],
        "endpoint": ["type": "string", "description": "The host that the partner connects to."],
        "port": integer(0...65_535).with(["description": "The port that the partner connects to."]),
        "lastConnectedDate": day.with(["description": "The day of the last login; absent before the first."]),
    ]
    private static let userMembers = [
        "username", "homeDirectory", "description", "bucketName", "endpoint", "port",
    ]
    private static let exampleUser: JSONNode = [
        "username": exampleUsername, "homeDirectory": "/partners/acme", "description": "Acme Corp",
        "bucketName": "7c9e6679-7425-40de-944b-e07fc1f90ae7-sftp", "endpoint": "sftp.example.com", "port": 2222,
    ]

    static let user = APISchema(
        "User", object(required: userMembers, userProperties),
        example: exampleUser.with(["lastConnectedDate": "2026-07-25"]))

    static let createdUser = APISchema(
        "CreatedUser",
        object(required: userMembers + ["password"], userProperties.merging(["password": newPassword]) { $1 }),
        example: exampleUser.with(["password": "q3Zt7XbN0aLw5RkE"]))

    static let userPage = page("Users", of: user)

    static let createUser = APISchema(
        "CreateUserRequest",
        object(
            required: ["homeDirectory", "description"],
            [
                "homeDirectory": homeDirectory, "description": description, "bucketName": bucketName,
                "passwordOptions": passwordOptions,
            ]),
        example: [
            "homeDirectory": "/partners/acme", "description": "Acme Corp", "passwordOptions": ["length": 24],
        ])

    static let updateUser = APISchema(
        "UpdateUserRequest",
        [
            "type": "object",
            "description": "At least one of `homeDirectory` and `description`; what is absent stays as it is.",
            "properties": [
                "homeDirectory": optional(homeDirectory), "description": optional(description),
                "bucketName": bucketName,
            ],
            "anyOf": [
                object(required: ["homeDirectory"], ["homeDirectory": text]),
                object(required: ["description"], ["description": text]),
            ],
        ],
        example: ["description": "Acme Corporation"])

    static let resetPassword = APISchema(
        "ResetPasswordRequest",
        object(
            required: [],
            [
                "passwordOptions": passwordOptions,
                "overlapSeconds": optional(
                    integer(UserRules.overlapSeconds).with([
                        "default": 0, "description": "For how long the password before stays valid.",
                    ])),
                "endSessions": [
                    "type": ["boolean", "null"], "default": false,
                    "description": "Whether the user's open sessions end.",
                ],
            ]),
        example: ["overlapSeconds": 604_800])

    static let passwordReset = APISchema(
        "PasswordReset",
        object(
            required: ["username", "password"],
            [
                "username": username, "password": newPassword,
                "previousPasswordExpiresAt": time.with([
                    "description": "Until when the password before is valid, too; absent when it is not any more."
                ]),
            ]),
        example: [
            "username": exampleUsername, "password": "q3Zt7XbN0aLw5RkE",
            "previousPasswordExpiresAt": "2026-08-01T08:48:59.523Z",
        ])

    static let password = APISchema(
        "Password",
        object(
            required: ["id", "createdAt"],
            [
                "id": id, "createdAt": time,
                "expiresAt": time.with(["description": "Absent for one that stays valid."]),
                "lastUsedAt": time.with(["description": "To a minute; absent before the first login with it."]),
            ]),
        example: ["id": "2", "createdAt": exampleTime, "lastUsedAt": "2026-07-25T09:12:00.000Z"])

    static let passwordPage = page("Passwords", of: password)
}
