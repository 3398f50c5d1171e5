import BucketStore
import Foundation
import Testing

@Suite struct BucketStoreTests {
    private let root: URL
    private let store: BucketStore

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "berth-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        store = try BucketStore(directory: root.path, umask: 0o027)
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    private func cleanUp() {
        try? FileManager.default.removeItem(at: root)
    }

    @Test func aHomeIsMadeWithEverythingAboveIt() throws {
        defer { cleanUp() }
        try store.makeBucket("b")
        let creation = try store.makeHome(bucket: "b", homeDirectory: "/partners/acme/")
        #expect(!creation.isEmpty)
        #expect(exists("b/partners/acme"))
        let attributes = try FileManager.default.attributesOfItem(atPath: root.appending(path: "b/partners/acme").path)
        #expect(attributes[.posixPermissions] as? Int == 0o750)
        #expect(try store.makeHome(bucket: "b", homeDirectory: "/partners/acme").isEmpty)
    }

    @Test func undoRemovesJustWhatWasMadeAndIsEmpty() throws {
        defer { cleanUp() }
        _ = try store.makeHome(bucket: "b", homeDirectory: "/a")
        let creation = try store.makeHome(bucket: "b", homeDirectory: "/a/b/c")
        store.undo(creation)
        #expect(exists("b/a") && !exists("b/a/b"))

        let used = try store.makeHome(bucket: "b", homeDirectory: "/a/b/c")
        try Data("x".utf8).write(to: root.appending(path: "b/a/b/file"))
        store.undo(used)
        #expect(exists("b/a/b/file") && !exists("b/a/b/c"))
    }

    @Test func aHomeThatIsGoneIsMadeAgainWhenItIsOpened() throws {
        defer { cleanUp() }
        #expect(try store.openHome(bucket: "b", homeDirectory: "/a/b").descriptor >= 0)
        #expect(exists("b/a/b"))
    }

    @Test func theHomeAtTheTopIsTheBucketItself() throws {
        defer { cleanUp() }
        #expect(try store.openHome(bucket: "b", homeDirectory: "/").descriptor >= 0)
        #expect(exists("b"))
    }

    @Test func aSymbolicLinkNeverLeadsAHomeElsewhere() throws {
        defer { cleanUp() }
        try store.makeBucket("b")
        try FileManager.default.createSymbolicLink(
            atPath: root.appending(path: "b/link").path, withDestinationPath: "/etc")
        for home in ["/link", "/link/x"] {
            #expect(throws: BucketStoreError.self) {
                _ = try store.openHome(bucket: "b", homeDirectory: home).descriptor
            }
            #expect(throws: BucketStoreError.self) { _ = try store.makeHome(bucket: "b", homeDirectory: home) }
        }
    }

    /// To a directory that is there, of another partner: nothing but the link itself is in the way.
    @Test func aSymbolicLinkNeverLeadsAHomeToAnother() throws {
        defer { cleanUp() }
        _ = try store.makeHome(bucket: "b", homeDirectory: "/victim/inner")
        for (link, target) in [("mine", "victim"), ("other", "/b/victim"), ("deep", "../b/./victim")] {
            try FileManager.default.createSymbolicLink(
                atPath: root.appending(path: "b/\(link)").path, withDestinationPath: target)
            for home in ["/\(link)", "/\(link)/inner"] {
                let error = #expect(throws: BucketStoreError.self, "\(home)") {
                    _ = try store.openHome(bucket: "b", homeDirectory: home)
                }
                #expect(error?.isObstructed == true)
            }
        }
    }

    @Test func aFileInTheWayIsAnErrorThatNamesThePath() throws {
        defer { cleanUp() }
        try store.makeBucket("b")
        try Data().write(to: root.appending(path: "b/file"))
        let error = #expect(throws: BucketStoreError.self) {
            _ = try store.makeHome(bucket: "b", homeDirectory: "/file/x")
        }
        #expect(error?.description.contains("b/file/x") == true)
    }
}
