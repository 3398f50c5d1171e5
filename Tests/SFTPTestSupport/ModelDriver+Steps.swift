import Glibc
import SFTPProtocol
import SSHWire

// The operations that the driver chooses from.

extension ModelDriver {
    private static let names: [[UInt8]] = [
        "a", "b", "c", "d", "e", "in", "out", "\u{e9}", "with space", "-rf", "~", "line\nbreak", "\"quoted\"",
    ].map(\.bytes)

    private func pick<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }

    private func path() -> [UInt8] {
        var path = pick(Self.names)
        for _ in 0..<pick([0, 0, 1, 1, 2]) { path += "/".bytes + pick(Self.names) }
        return path
    }

    /// One of several spellings of a path.
    private func spelled(_ path: [UInt8]) -> [UInt8] {
        switch random.below(6) {
        case 0: "/".bytes + path
        case 1: "./".bytes + path
        case 2: "//./".bytes + path
        default: path
        }
    }

    private func times() -> FileAttributes.Times { .init(access: 1, modification: UInt32(random.below(1_700_000_000))) }

    private func data() -> [UInt8] {
        random.bytes(pick([0, 1, 100, 100, 500, 500, 5_000, 70_000, 255 * 1_024]))
    }

    func doSomething() throws {
        switch random.below(100) {
        case 0..<12: try openStep(path())
        case 12..<20: try makeDirectoryStep(path())
        case 20..<30: try removeStep(path())
        case 30..<40: try moveStep(path(), path())
        case 40..<46: try linkStep(path())
        case 46..<52: try setStep(path())
        case 52..<60: try lookStep(path())
        case 60: try reconnect()
        default: try openedStep()
        }
    }

    private func openStep(_ path: [UInt8]) throws {
        guard opened.count < Self.handlesMax else { return }
        let flags = OpenFlags(rawValue: UInt32(random.below(64)))
        var attributes = FileAttributes()
        attributes.permissions = pick([0o600, 0o644, 0o755])
        let what = "OPEN \(String(decoding: path, as: UTF8.self)) \(flags.rawValue)"
        let (status, descriptor) = model.open(path, flags, mode: attributes.permissions ?? 0)
        let reply = try send(Packet.open(spelled(path), flags, attributes))
        guard let handle = reply.string, status == .ok else {
            guard reply.status == status else { throw fail("\(what): expected \(status), came \(reply)") }
            return
        }
        opened.append(Opened(handle: handle, descriptor: descriptor, path: path))
        // The umask of the server is its own.
        if flags.contains(.create) {
            let expected = model.setAttributes(attributes, of: descriptor)
            try expect("FSETSTAT", Packet.fsetstat(handle, attributes), expected)
        }
    }

    private func makeDirectoryStep(_ path: [UInt8]) throws {
        var attributes = FileAttributes()
        attributes.permissions = pick([0o700, 0o755, 0o750])
        let status = model.makeDirectory(path, mode: 0o777)
        try expect("MKDIR \(path)", Packet.path(.mkdir, spelled(path), attributes), status)
        if status == .ok {
            let expected = model.setAttributes(attributes, of: path)
            try expect("SETSTAT \(path)", Packet.path(.setstat, spelled(path), attributes), expected)
        }
    }

    private func removeStep(_ path: [UInt8]) throws {
        if random.below(3) == 0 {
            try expect("RMDIR \(path)", Packet.paths(.rmdir, spelled(path)), model.removeDirectory(path))
        } else {
            try expect("REMOVE \(path)", Packet.paths(.remove, spelled(path)), model.removeFile(path))
        }
    }

    private func moveStep(_ path: [UInt8], _ other: [UInt8]) throws {
        let replacing = random.below(2) == 0
        let (from, to) = (spelled(path), spelled(other))
        let packet =
            replacing
            ? Packet.extended("posix-rename@openssh.com") {
                $0.append(string: from)
                $0.append(string: to)
            } : Packet.paths(.rename, from, to)
        let what = "rename \(String(decoding: path, as: UTF8.self)) \(String(decoding: other, as: UTF8.self))"
        try expect(what, packet, model.rename(path, to: other, replacing: replacing))
    }

    private func linkStep(_ path: [UInt8]) throws {
        // What a symbolic link says is relative and has no "..": it leads to the same place in both trees.
        let other = self.path()
        if random.below(2) == 0 {
            let status = model.makeSymbolicLink(path, to: other)
            try expect("SYMLINK \(path)", Packet.paths(.symlink, other, spelled(path)), status)
        } else {
            let (existing, name) = (spelled(other), spelled(path))
            let packet = Packet.extended("hardlink@openssh.com") {
                $0.append(string: existing)
                $0.append(string: name)
            }
            try expect("hardlink \(other) \(path)", packet, model.makeHardLink(path, to: other))
        }
    }

    private func setStep(_ path: [UInt8]) throws {
        var attributes = FileAttributes()
        guard random.below(4) != 0 else {
            attributes.times = times()
            let name = spelled(path), set = attributes
            let packet = Packet.extended("lsetstat@openssh.com") {
                $0.append(string: name)
                set.append(to: &$0)
            }
            return try expect("lsetstat \(path)", packet, model.setLinkTimes(attributes, of: path))
        }
        if random.below(3) == 0 { attributes.size = pick([0, 1, 100, 90_000]) }
        if random.below(2) == 0 { attributes.permissions = pick([0o700, 0o755, 0o750]) }
        if random.below(2) == 0 || attributes == FileAttributes() { attributes.times = times() }
        try expect(
            "SETSTAT \(path)", Packet.path(.setstat, spelled(path), attributes),
            model.setAttributes(attributes, of: path))
    }

    private func lookStep(_ path: [UInt8]) throws {
        switch random.below(5) {
        case 0: try compareAttributes(of: path, followLinks: true)
        case 1: try compareAttributes(of: path, followLinks: false)
        case 2: try compareLink(path)
        case 3:
            guard let expected = model.realpath(path) else { return }
            let reply = try send(Packet.paths(.realpath, spelled(path)))
            guard reply.names?.first?.name == expected else { throw fail("REALPATH \(path): \(reply)") }
        default:
            guard let expected = model.names(in: path) else { return }
            guard try Set(list(spelled(path))) == expected else { throw fail("READDIR of \(path)") }
        }
    }

    private func openedStep() throws {
        guard !opened.isEmpty else { return }
        let index = random.below(opened.count)
        let file = opened[index]
        let offset = pick([0, 1, 100, 4_096, 80_000])
        switch random.below(10) {
        case 0...3:
            let bytes = data()
            let written = bytes.isEmpty ? 0 : pwrite(file.descriptor, bytes, bytes.count, off_t(offset))
            guard !bytes.isEmpty else { return }
            let status = ModelDirectory.status(written)
            try expect("WRITE \(file.path)", Packet.write(file.handle, at: UInt64(offset), bytes), status)
        case 4, 5: try readStep(file, at: offset)
        case 6:
            var attributes = FileAttributes()
            if random.below(2) == 0 { attributes.size = pick([0, 10, 100_000]) }
            if random.below(2) == 0 { attributes.times = times() }
            try expect(
                "FSETSTAT \(file.path)", Packet.fsetstat(file.handle, attributes),
                model.setAttributes(attributes, of: file.descriptor))
        case 7:
            var found = stat()
            let status = ModelDirectory.status(Int(fstat(file.descriptor, &found)))
            try compare(send(Packet.handle(.fstat, file.handle)), status, found, file.path)
        case 8: try copyStep(from: file, at: offset)
        default:
            close(file.descriptor)
            opened.remove(at: index)
            try expect("CLOSE \(file.path)", Packet.handle(.close, file.handle), .ok)
            try expect("CLOSE again", Packet.handle(.close, file.handle), .noSuchFile)
        }
    }

    private func readStep(_ file: Opened, at offset: Int) throws {
        var buffer = [UInt8](repeating: 0, count: pick([1, 1_000, 100_000]))
        let count = pread(file.descriptor, &buffer, buffer.count, off_t(offset))
        let status = count == 0 ? StatusCode.endOfFile : ModelDirectory.status(count)
        let reply = try send(Packet.read(file.handle, at: UInt64(offset), UInt32(buffer.count)))
        let isEqual = count > 0 ? reply.string == Array(buffer[..<count]) : reply.status == status
        guard isEqual else { throw fail("READ \(file.path) at \(offset): expected \(count) bytes, came \(reply)") }
    }

    private func copyStep(from source: Opened, at offset: Int) throws {
        let target = pick(opened)
        let length = pick([0, 0, 1, 50_000])
        let packet = Packet.extended("copy-data") {
            $0.append(string: source.handle)
            $0.append(UInt64(offset))
            $0.append(UInt64(length))
            $0.append(string: target.handle)
            $0.append(UInt64(7))
        }
        let status = copy(from: source.descriptor, at: offset, length, to: target.descriptor, at: 7)
        try expect("copy-data \(source.path) to \(target.path)", packet, status)
    }

    private func copy(
        from source: CInt, at offset: Int, _ length: Int, to target: CInt, at targetOffset: Int
    ) -> StatusCode {
        var one = stat(), other = stat()
        fstat(source, &one)
        fstat(target, &other)
        if one.st_dev == other.st_dev, one.st_ino == other.st_ino { return .failure }
        var buffer = [UInt8](repeating: 0, count: length > 0 ? length : 1 << 20)
        var copied = 0
        while length == 0 || copied < length {
            let count = pread(source, &buffer, length > 0 ? length - copied : buffer.count, off_t(offset + copied))
            guard count >= 0 else { return ModelDirectory.status(count) }
            guard count > 0 else { return length == 0 ? .ok : .endOfFile }
            let written = pwrite(target, buffer, count, off_t(targetOffset + copied))
            guard written == count else { return ModelDirectory.status(written) }
            copied += count
        }
        return .ok
    }
}
