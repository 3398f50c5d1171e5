import SessionControl
import Testing

@testable import berth_sftpd

@Suite struct WaitingRoomTests {
    private func guest(_ socket: CInt, from address: String, at time: Int64 = 0) -> WaitingRoom.Guest {
        WaitingRoom.Guest(
            socket: socket, peer: PeerAddress(text: "\(address):40000"), isLegacySocket: false, arrivedAt: time)
    }

    // The macros of the tests call nothing that mutates.
    private func next(_ room: inout WaitingRoom) -> CInt? { room.takeNext()?.socket }
    private func hasIdentified(_ room: inout WaitingRoom) -> Bool { room.hasIdentified }
    private func oldest(_ room: inout WaitingRoom) -> WaitingRoom.Guest? { room.oldest }
    private func inTheWay(_ room: inout WaitingRoom, _ source: AddressSource) -> CInt? {
        room.inTheWay(of: source)?.socket
    }

    private func address(_ number: Int) -> String { "10.0.\(number / 250).\(number % 250)" }

    @Test func `the newest who identified itself is served first, and nobody before`() {
        var room = WaitingRoom()
        for number in 1...4 { room.enter(guest(CInt(number), from: address(number))) }
        #expect(!hasIdentified(&room))
        room.identify(1, isDoubtful: false)
        room.identify(3, isDoubtful: false)
        #expect(next(&room) == 3)
        #expect(next(&room) == 1)
        #expect(next(&room) == nil)
        #expect(room.count == 2)
    }

    @Test func `one from a source without doubt is served before newer ones of doubtful sources`() {
        var room = WaitingRoom()
        for socket: CInt in 1...3 {
            room.enter(guest(socket, from: address(Int(socket))))
            room.identify(socket, isDoubtful: socket != 1)
        }
        #expect(next(&room) == 1)
        #expect(next(&room) == 3)
        #expect(next(&room) == 2)
    }

    @Test func `the oldest makes room: of a source that has its share, and of all when the room is full`() {
        var room = WaitingRoom()
        for socket in 0..<CInt(WaitingRoom.perSourceMax) { room.enter(guest(socket, from: "192.0.2.1")) }
        #expect(inTheWay(&room, PeerAddress(text: "192.0.2.1:1").source) == 0)
        #expect(inTheWay(&room, PeerAddress(text: "192.0.2.2:1").source) == nil)
        for number in room.count..<WaitingRoom.capacityMax { room.enter(guest(CInt(number), from: address(number))) }
        #expect(inTheWay(&room, PeerAddress(text: "192.0.2.2:1").source) == 0)
        room.leave(0)
        #expect(inTheWay(&room, PeerAddress(text: "192.0.2.2:1").source) == nil)
        #expect(oldest(&room)?.socket == 1)
        room.capacity = 10
        #expect(inTheWay(&room, PeerAddress(text: "192.0.2.2:1").source) == 1)
    }

    @Test func `a descriptor that is used again is another guest's`() {
        var room = WaitingRoom()
        room.enter(guest(7, from: "192.0.2.1", at: 1))
        room.identify(7, isDoubtful: false)
        room.leave(7)
        room.enter(guest(7, from: "192.0.2.2", at: 2))
        #expect(!hasIdentified(&room))
        #expect(oldest(&room)?.arrivedAt == 2)
        #expect(next(&room) == nil)
    }

    @Test func `however many come and go, what is remembered of them stays bounded`() {
        var room = WaitingRoom()
        for number in 0..<100_000 {
            let next = guest(CInt(number), from: address(number % 5_000))
            if let other = room.inTheWay(of: next.peer.source) { room.leave(other.socket) }
            room.enter(next)
            room.identify(next.socket, isDoubtful: number % 2 == 0)
            if number % 3 == 0 { _ = room.takeNext() }
        }
        #expect(room.count <= WaitingRoom.capacityMax)
        #expect(room.ticketCount <= 6 * WaitingRoom.capacityMax + 3)
        let count = room.count
        #expect(room.removeAll().count == count)
        #expect(room.count == 0 && room.ticketCount == 0)
    }

    @Test func `sessions for strangers start in a burst after a quiet time, and at an even pace then`() {
        var pace = EntryPace()
        var now: Int64 = 1_000
        var started = 0
        while pace.take(now: now) { started += 1 }
        #expect(started == Int(EntryPace.burst))
        #expect(pace.nextAt > now)
        for _ in 0..<1_000 {
            now += 1
            if pace.take(now: now) { started += 1 }
        }
        #expect(started == Int(EntryPace.burst) + 1_000 / Int(EntryPace.interval))
        now += 1_000_000
        started = 0
        while pace.take(now: now) { started += 1 }
        #expect(started == Int(EntryPace.burst))
    }
}
