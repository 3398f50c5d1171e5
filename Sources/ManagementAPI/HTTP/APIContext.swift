import Hummingbird
import NIOCore
import SessionControl

/// What comes with a request beside the request itself.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection that it comes by.
    let channel: any Channel
    /// The client's address; nil where there is none, as over a Unix socket.
    let address: String?
    /// What its requests are counted by.
    let source: AddressSource?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        address = source.channel.remoteAddress?.ipAddress
        self.source = source.channel.remoteAddress?.source
    }
}

extension SocketAddress {
    /// What connections and requests from there are counted by; nil where there is no address, as over a Unix socket.
    var source: AddressSource? { ipAddress.flatMap { AddressNetwork.Address($0) }.map(AddressSource.init) }
}
