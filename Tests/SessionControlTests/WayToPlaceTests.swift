import Foundation
import Glibc
import SessionControl
import Testing

/// Directories `a/b/c` and what is done to them; the place is `a/b/c/data`.
@Suite final class WayToPlaceTests {
    private let directory: String
    private var place: String { "\(directory)/a/b/c/data" }

    init() throws {
        var template = Array("/tmp/berth-way-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func look(at path: String? = nil) -> String? { WayToPlace(to: path ?? place).fault() }

    @Test(arguments: [0o700, 0o711, 0o755, 0o1777, 0o1770, 0o2755] as [mode_t])
    func aDirectoryInWhichOthersMoveNothingAwayIsFine(mode: mode_t) throws {
        #expect(chmod("\(directory)/a/b", mode) == 0 && look() == nil)
    }

    @Test(arguments: ["a", "a/b", "a/b/c"], [0o777, 0o770, 0o703, 0o2775] as [mode_t])
    func aDirectoryAboveThatOthersChangeIsNamedWithTheCommandThatMendsIt(name: String, mode: mode_t) throws {
        let path = "\(directory)/\(name)"
        #expect(chmod(path, mode) == 0)
        let fault = try #require(look())
        let wanted = String(mode & ~0o022, radix: 8)
        #expect(fault.hasPrefix("\(path) has mode ") && fault.contains(place))
        #expect(fault.contains("\(wanted), or the sticky bit") && fault.hasSuffix("\(wanted) \(path)"), "\(fault)")
    }

    @Test func thePlaceItselfAndWhatIsNotThereYetAreNotLookedAt() throws {
        #expect(chmod(place, 0o777) == 0 && look() == nil)
        #expect(look(at: "\(directory)/a/new/data") == nil)
        #expect(chmod("\(directory)/a/b", 0o777) == 0)
        #expect(look(at: "\(directory)/a/b/new/data") != nil)
    }

    @Test func aGroupOfOneIsTheUserItself() throws {
        #expect(chmod("\(directory)/a", 0o775) == 0)
        let way = WayToPlace(to: place)
        #expect(way.fault(isPrivateGroup: { $0 == getegid() && $1 == geteuid() }) == nil)
        #expect(way.fault(isPrivateGroup: { _, _ in false }) != nil)
        #expect(chmod("\(directory)/a", 0o777) == 0 && way.fault(isPrivateGroup: { _, _ in true }) != nil)
    }

    @Test(.enabled(if: geteuid() == 0)) func whatBelongsToSomebodyElseIsRefused() throws {
        let path = "\(directory)/a/b"
        #expect(chown(path, 4_242, 0) == 0)
        let fault = try #require(look())
        #expect(fault.hasPrefix("\(path) belongs to user id 4242") && fault.hasSuffix("chown 0 \(path)"), "\(fault)")
        // In a directory with the sticky bit its owner moves everything away.
        #expect(chmod(path, 0o1777) == 0 && look() != nil)
        #expect(WayToPlace(to: place).fault(owners: [4_242]) == nil)
    }

    @Test func linksAreFollowedAndWhatTheyLeadThroughCounts() throws {
        #expect(symlink("b/./c//", "\(directory)/a/relative") == 0)
        #expect(symlink("\(directory)/a", "\(directory)/absolute") == 0)
        #expect(symlink("absolute/relative/../../b/c", "\(directory)/chain") == 0)
        let paths = ["a/relative/data", "absolute/b/c/data", "chain/data"].map { "\(directory)/\($0)" }
        for path in paths { #expect(look(at: path) == nil) }
        #expect(chmod("\(directory)/a/b", 0o777) == 0)
        for path in paths { #expect(look(at: path)?.hasPrefix("\(directory)/a/b has mode 0777") == true) }
        #expect(chmod("\(directory)/a/b", 0o700) == 0)
        // A directory that holds nothing but the link.
        #expect(mkdir("\(directory)/d", 0o700) == 0 && symlink("../a/b/c", "\(directory)/d/link") == 0)
        #expect(chmod("\(directory)/d", 0o777) == 0)
        #expect(look(at: "\(directory)/d/link/data")?.hasPrefix("\(directory)/d has mode 0777") == true)
    }

    @Test(.enabled(if: geteuid() == 0)) func aLinkLeadsWhereItsOwnerSays() throws {
        let link = "\(directory)/link"
        #expect(symlink("a/b/c", link) == 0 && chmod(directory, 0o1777) == 0 && lchown(link, 4_242, 0) == 0)
        let fault = try #require(look(at: "\(link)/data"))
        #expect(fault.hasPrefix("the symbolic link \(link) belongs to user id 4242"), "\(fault)")
        #expect(fault.hasSuffix("chown -h 0 \(link)"))
    }

    @Test func linksInACircleAndFilesOnTheWayAreRefused() throws {
        #expect(symlink("two", "\(directory)/one") == 0 && symlink("one", "\(directory)/two") == 0)
        #expect(look(at: "\(directory)/one/data")?.hasPrefix("can't look at") == true)
        #expect(FileManager.default.createFile(atPath: "\(directory)/file", contents: nil))
        #expect(look(at: "\(directory)/file/data")?.contains("is no directory") == true)
        #expect(look(at: "\(directory)/file") == nil)
    }
}
