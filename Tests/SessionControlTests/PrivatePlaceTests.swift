import Foundation
import Glibc
import SessionControl
import Testing

@Suite final class PrivatePlaceTests {
    private let directory: String

    init() throws {
        var template = Array("/tmp/berth-places-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func file(_ name: String, mode: mode_t) throws -> String {
        let path = "\(directory)/\(name)"
        try #require(FileManager.default.createFile(atPath: path, contents: Data("x".utf8)))
        try #require(chmod(path, mode) == 0)
        return path
    }

    @Test(arguments: [0o600, 0o400, 0o700] as [mode_t])
    func aFileForItsOwnerAloneIsFine(mode: mode_t) throws {
        #expect(PrivatePlace(.file, try file("key", mode: mode)).fault() == nil)
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o602, 0o610, 0o666] as [mode_t])
    func aFileThatOthersHaveAnyRightToIsRefusedWithTheCommandThatMendsIt(mode: mode_t) throws {
        let path = try file("key", mode: mode)
        let fault = try #require(PrivatePlace(.databaseFile, path).fault())
        #expect(fault.hasPrefix("\(path) has mode 0\(String(mode, radix: 8))"))
        let command = try #require(fault.range(of: "chmod 0600 \(path)"))
        #expect(command.upperBound == fault.endIndex)
    }

    @Test func ofWhatWasOpenedItIsTheFileThatCountsAndNotWhatIsInItsPlaceByNow() throws {
        let path = try file("key", mode: 0o604)
        let place = PrivatePlace(.file, path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(rename(try file("other", mode: 0o600), path) == 0)
        #expect(place.fault() == nil)
        #expect(place.fault(ofOpen: descriptor)?.hasSuffix("chmod 0600 \(path)") == true)
        #expect(fchmod(descriptor, 0o600) == 0 && chmod(path, 0o604) == 0)
        #expect(place.fault(ofOpen: descriptor) == nil && place.fault() != nil)
    }

    @Test func aGroupThatIsNamedMayReadAFileAndNothingElse() throws {
        let path = try file("key", mode: 0o640)
        var status = stat()
        try #require(stat(path, &status) == 0)
        let place = PrivatePlace(.file, path)
        #expect(place.fault(readers: [status.st_gid]) == nil && place.fault(readers: [status.st_gid + 1]) != nil)
        for mode in [0o660, 0o650, 0o644, 0o641] as [mode_t] {
            #expect(chmod(path, mode) == 0)
            #expect(place.fault(readers: [status.st_gid])?.hasSuffix("chmod 0640 \(path)") == true, "\(mode)")
        }
    }

    @Test(
        arguments: [(0o644, nil), (0o600, nil), (0o666, "0644"), (0o664, "0644"), (0o646, "0644")]
            as [(mode_t, String?)])
    func aPublicFileIsOthersToReadAndNotToChange(mode: mode_t, allowed: String?) throws {
        let path = try file("certificate", mode: mode)
        let fault = PrivatePlace(.publicFile, path).fault()
        #expect(
            fault?.hasSuffix("others could change it. Allowed is \(allowed ?? ""): chmod \(allowed ?? "") \(path)")
                == allowed.map { _ in true })
    }

    @Test(arguments: [0o700, 0o711, 0o755] as [mode_t])
    func aDirectoryThatOthersOnlySeeIsFine(mode: mode_t) throws {
        #expect(chmod(directory, mode) == 0 && PrivatePlace(.directory, directory).fault() == nil)
    }

    @Test(arguments: [0o770, 0o777, 0o1777, 0o2775] as [mode_t])
    func aDirectoryThatOthersChangeIsRefused(mode: mode_t) throws {
        #expect(chmod(directory, mode) == 0)
        let wanted = String(mode & ~0o022, radix: 8)
        #expect(try #require(PrivatePlace(.directory, directory).fault()).hasSuffix("\(wanted) \(directory)"))
    }

    @Test(.enabled(if: geteuid() == 0)) func whatBelongsToSomebodyElseIsRefused() throws {
        let path = try file("key", mode: 0o600)
        #expect(chown(path, 4_242, 0) == 0)
        let fault = try #require(PrivatePlace(.file, path).fault())
        #expect(fault.contains("belongs to user id 4242") && fault.hasSuffix("chown 0 \(path)"))
        #expect(PrivatePlace(.file, path).fault(owners: [4_242]) == nil)
        // Root may own everything.
        #expect(chown(path, 0, 0) == 0 && PrivatePlace(.file, path).fault(owners: [4_242]) == nil)
    }

    @Test(.enabled(if: geteuid() == 0)) func aLinkIsAsGoodAsWhoMadeItAndWhatItLeadsTo() throws {
        let path = try file("key", mode: 0o600)
        let link = "\(directory)/link"
        #expect(symlink("key", link) == 0 && PrivatePlace(.file, link).fault() == nil)
        #expect(PrivatePlace(.databaseFile, link).fault()?.contains("is a symbolic link") == true)
        #expect(chmod(path, 0o644) == 0 && PrivatePlace(.file, link).fault()?.contains("has mode 0644") == true)
        #expect(chmod(path, 0o600) == 0 && lchown(link, 4_242, 0) == 0)
        #expect(
            PrivatePlace(.file, link).fault()?.contains("the symbolic link \(link) belongs to user id 4242") == true)
    }

    @Test func whatIsMissingIsFineAndSomethingElseInItsPlaceIsNot() throws {
        #expect(PrivatePlace(.file, "\(directory)/none").fault() == nil)
        #expect(PrivatePlace(.file, directory).fault() == "\(directory) is no file")
        let path = try file("key", mode: 0o600)
        #expect(PrivatePlace(.directory, path).fault() == "\(path) is no directory")
        #expect(mkfifo("\(directory)/fifo", 0o600) == 0)
        #expect(PrivatePlace(.file, "\(directory)/fifo").fault() == "\(directory)/fifo is no file")
        #expect(PrivatePlace(.file, "\(path)/below").fault()?.hasPrefix("can't look at") == true)
    }

    @Test func allFaultsAreToldAtOnce() throws {
        let paths = try ["a", "b"].map { try file($0, mode: 0o644) }
        let fault = try #require(PrivatePlace.fault(of: paths.map { PrivatePlace(.file, $0) }))
        #expect(paths.allSatisfy { fault.contains("chmod 0600 \($0)") })
        #expect(PrivatePlace.fault(of: []) == nil)
    }
}
