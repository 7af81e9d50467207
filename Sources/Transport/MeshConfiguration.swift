import Cryptography
import Membership

/// What a member's transport is made from.
package struct MeshConfiguration: Sendable {
  /// Signs a `hello` by the node key. Called on the transport's thread, once a session; it must not block for long.
  package typealias Signer = @Sendable (SigningRequest) throws(KeyError) -> SignedStatement

  package var member: MemberID
  package var network: NetworkID
  package var roster: Roster
  package var identity: TransportIdentity
  package var listen: PeerAddress
  /// Where the others listen. A member without an address is not dialled, but may dial.
  package var peers: [MemberID: PeerAddress]
  package var limits: TransportLimits
  package var timing: TransportTiming
  package var sign: Signer

  package init(
    member: MemberID, network: NetworkID, roster: Roster, identity: TransportIdentity, listen: PeerAddress,
    peers: [MemberID: PeerAddress], limits: TransportLimits = TransportLimits(),
    timing: TransportTiming = TransportTiming(), sign: @escaping Signer
  ) {
    (self.member, self.network, self.roster, self.identity) = (member, network, roster, identity)
    (self.listen, self.peers, self.limits, self.timing, self.sign) = (listen, peers, limits, timing, sign)
  }
}

/// A node's TLS identity, and the certificates of others that it starts from when it verifies a chain. Trusting a chain
/// admits nobody: the pins in the roster do.
package struct TransportIdentity: Sendable {
  /// The node's certificate first, then those up to its authority's, which is sent too since peers may pin it.
  package let chain: [Certificate]
  package let key: PrivateKey
  package let trustAnchors: [Certificate]

  package init(chain: [Certificate], key: PrivateKey, trustAnchors: [Certificate]) {
    (self.chain, self.key, self.trustAnchors) = (chain, key, trustAnchors)
  }

  /// Reads the identity's files (PEM). Each anchor file may hold several certificates.
  package static func read(
    certificateFile: String, keyFile: String, trustAnchorFiles: [String]
  ) throws(KeyError) -> TransportIdentity {
    var anchors: [Certificate] = []
    for file in trustAnchorFiles { anchors += try Certificate.read(file) }
    return TransportIdentity(
      chain: try Certificate.read(certificateFile), key: try KeyFile.read(keyFile), trustAnchors: anchors)
  }
}

/// The bounds of the transport. Changing those marked as protocol makes a node that others refuse.
package struct TransportLimits: Hashable, Sendable {
  /// The largest frame in bytes, without its length. Protocol.
  package var frame = 4 * 1024 * 1024
  /// The most application data that is read before `hello` is verified, in bytes. Protocol.
  package var beforeHello = 2048
  /// The most incoming connections whose `hello` is not yet verified; beyond it the oldest of them is closed.
  package var handshakes = 64
  /// The two outgoing queues of each peer.
  package var consensusQueue = QueueLimit(frames: 8192, bytes: 32 * 1024 * 1024)
  package var bulkQueue = QueueLimit(frames: 1024, bytes: 32 * 1024 * 1024)
  /// Received frames of one peer that are still held by the program: beyond either number its socket is not read.
  package var inbound = QueueLimit(frames: 4096, bytes: 16 * 1024 * 1024)

  package init() {}
}

/// A bound of a queue: whichever is reached first.
package struct QueueLimit: Hashable, Sendable {
  package var frames: Int
  package var bytes: Int

  package init(frames: Int, bytes: Int) { (self.frames, self.bytes) = (frames, bytes) }
}

/// The times of the transport, in milliseconds.
package struct TransportTiming: Hashable, Sendable {
  /// From the connection to a verified `hello`.
  package var handshake: Int64 = 10_000
  /// How long a peer may take nothing from a full socket before the session is closed.
  package var stall: Int64 = 30_000
  /// The first and the longest pause before dialling again. It doubles in between, and half of it is random.
  package var firstRetry: Int64 = 100
  package var longestRetry: Int64 = 5_000
  /// How long the member with the higher id leaves it to the other to dial, so that two sessions are rare.
  package var courtesy: Int64 = 250
  /// How long the roster of the epoch before still counts beside the new one, so that a member that has not heard of the
  /// change yet can be told.
  package var overlap: Int64 = 30_000

  package init() {}
}
