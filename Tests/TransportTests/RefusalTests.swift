import CBOR
import COpenSSL
import Cryptography
import Membership
import Testing
import Transport

@Suite("Who is refused", .timeLimit(.minutes(1)))
struct RefusalTests {
  private let network: TestNetwork

  init() throws { network = try TestNetwork(["AUS", "EUN", "USA"]) }

  private var own: TestNetwork.Party { network.parties[0] }
  private var peer: TestNetwork.Party { network.parties[1] }
  private var third: TestNetwork.Party { network.parties[2] }

  /// Starts the first member's mesh, lets `act` be whoever dials it, and answers the first reason for which somebody
  /// was refused.
  private func refusal(
    adjust: (inout MeshConfiguration) -> Void = { _ in }, of act: (PeerAddress) throws -> Void
  ) async throws -> SessionEnd {
    let mesh = try await ObservedMesh(network.configuration(0, adjust: adjust))
    try act(mesh.address)
    await mesh.events.wait { !$0.refusals.isEmpty }
    #expect(mesh.mesh.connectedMembers.isEmpty)
    #expect(mesh.events.all.connected.isEmpty && mesh.events.all.frames.isEmpty)
    await mesh.mesh.shutdown()
    return try #require(mesh.events.all.refusals.first)
  }

  /// Whether a session gets as far as the first frame of the other side: a client's handshake ends before the server
  /// has judged it.
  private func isLetIn(_ context: TLSContext, at address: PeerAddress) throws -> Bool {
    let peer = try RawPeer.dial(address, context)
    guard peer.handshake() else { return false }
    if case .frame = peer.read() { return true }
    return false
  }

  private func expectShut(_ context: TLSContext, at address: PeerAddress) throws {
    let isLetIn = try isLetIn(context, at: address)
    #expect(!isLetIn)
  }

  private func isHandshakeFailure(_ end: SessionEnd, _ text: String = "") -> Bool {
    guard case .handshakeFailed(let reason) = end else { return false }
    return text.isEmpty || reason.contains(text)
  }

  @Test("a client without a certificate")
  func anonymous() async throws {
    let end = try await refusal { address in
      try expectShut(TLSContext.anonymous(), at: address)
    }
    #expect(isHandshakeFailure(end, "peer did not return a certificate"))
  }

  @Test("a client of a foreign authority")
  func foreign() async throws {
    let stranger = try TestNetwork(["EUN"])
    let identity = TransportIdentity(
      chain: stranger.parties[0].chain, key: stranger.parties[0].leafKey, trustAnchors: network.anchors)
    let end = try await refusal { address in
      try expectShut(TLSContext(identity), at: address)
    }
    #expect(isHandshakeFailure(end, "certificate verify failed"))
  }

  @Test("a client with nothing newer than TLS 1.2, though its certificate is a member's")
  func old() async throws {
    let end = try await refusal { address in
      try expectShut(TLSContext(network.identity(1)).limitedToTLS12(), at: address)
    }
    #expect(isHandshakeFailure(end, "unsupported protocol"))
  }

  @Test("a client of another application protocol, and one that names none")
  func protocolName() async throws {
    let context = try TLSContext(network.identity(1))
    SSL_CTX_set_alpn_protos(context.native, [2, 0x68, 0x32], 3)
    let end = try await refusal { try expectShut(context, at: $0) }
    #expect(isHandshakeFailure(end, "no application protocol"))

    let silent = try TLSContext(network.identity(1))
    SSL_CTX_set_alpn_protos(silent.native, nil, 0)
    let other = try await refusal { try expectShut(silent, at: $0) }
    #expect(other == .wrongProtocol)
  }

  @Test("a name that only resembles the protocol's, in a list that may be damaged")
  func protocolOffers() {
    let lists: [(String, Range<Int>?)] = [
      ("\u{2}h2\u{c}pricefloor/1", 4..<16), ("\u{2}h2\u{d}pricefloor/1", nil), ("\u{d}pricefloor/10", nil), ("", nil),
      ("\u{0}\u{c}pricefloor/1", 2..<14),
    ]
    for (list, range) in lists {
      let found = Array(list.utf8).withUnsafeBufferPointer { ProtocolOffers.find("pricefloor/1", in: $0) }
      #expect(found == range)
    }
  }

  @Test("bytes that are no TLS at all")
  func garbage() async throws {
    let end = try await refusal { address in
      let peer = try RawPeer.dial(address, try TLSContext.anonymous())
      peer.sendPlain(Array("GET / HTTP/1.1\r\n\r\n".utf8))
    }
    #expect(isHandshakeFailure(end))
  }

  @Test("a member's greeting on another member's certificate")
  func pin() async throws {
    let end = try await refusal { address in
      let raw = try RawPeer.dial(address, try TLSContext(network.identity(2)))
      #expect(raw.handshake())
      try raw.sendFrame(raw.hello(peer, to: own.id, network: network.network))
      #expect(raw.read() == .closed)
    }
    #expect(end == .wrongPin(peer.id))
  }

  /// Greetings that are wrong in one thing each.
  enum Wrong: String, CaseIterable {
    case version, ownMember, ownRole, recipient, replayed, network, signature, algorithm, stranger, trailing, noCBOR
  }

  @Test("a greeting that is wrong in one thing", arguments: Wrong.allCases)
  func hello(wrong: Wrong) async throws {
    // Another session of the same two sides stays open meanwhile: what was signed for it is replayed on this one.
    var other: RawPeer?
    let end = try await refusal { address in
      let context = try TLSContext(network.identity(1))
      let (earlier, raw) = (try RawPeer.dial(address, context), try RawPeer.dial(address, context))
      #expect(earlier.handshake() && raw.handshake())
      other = earlier
      try raw.sendFrame(try greeting(wrong, on: raw, earlier: earlier))
      #expect(raw.read() == .closed)
    }
    withExtendedLifetime(other) {}
    #expect(end == .hello(fault(wrong)))
    #expect(end.code.hasPrefix("HELLO_"))
  }

  private func greeting(_ wrong: Wrong, on raw: RawPeer, earlier: RawPeer) throws -> [UInt8] {
    let id = network.network
    switch wrong {
    case .version: return try raw.hello(peer, to: own.id, network: id, version: 2)
    case .ownMember: return try raw.hello(own, to: own.id, network: id)
    case .ownRole: return try raw.hello(peer, to: own.id, role: .server, network: id)
    case .recipient: return try raw.hello(peer, to: third.id, network: id)
    case .replayed: return try raw.hello(peer, to: own.id, network: id, binding: earlier.tls.channelBinding)
    case .network: return try raw.hello(peer, to: own.id, network: NetworkID(.zero))
    case .signature: return try raw.hello(peer, to: own.id, network: id, signer: third.nodeKey)
    case .algorithm: return try raw.hello(peer, to: own.id, network: id, signer: peer.leafKey)
    case .stranger:
      let stranger = try TestNetwork(["ZZZ"]).parties[0]
      return try raw.hello(stranger, to: own.id, network: id)
    case .trailing: return try raw.hello(peer, to: own.id, network: id) + [0]
    case .noCBOR: return [0xFF]
    }
  }

  private func fault(_ wrong: Wrong) -> HelloFault {
    switch wrong {
    case .version: .wrongVersion(2)
    case .ownMember, .ownRole: .reflected
    case .recipient: .wrongRecipient(third.id)
    case .replayed: .wrongBinding
    case .network, .signature: .attestation(.badSignature(peer.id))
    case .algorithm: .attestation(.wrongAlgorithm(peer.id))
    case .stranger: .attestation(.stranger(MemberID("ZZZ") ?? peer.id))
    case .trailing: .malformed(.trailingBytes)
    case .noCBOR: .malformed(.unexpectedType)
    }
  }

  @Test("more than 2 KiB before the greeting is verified, whole or announced")
  func limitBeforeHello() async throws {
    for bytes in [RawPeer.header(2045), RawPeer.header(2044) + [UInt8](repeating: 0, count: 4000)] {
      let end = try await refusal { address in
        let raw = try RawPeer.dial(address, try TLSContext(network.identity(1)))
        #expect(raw.handshake())
        try raw.send(bytes)
        _ = raw.read()
      }
      // The second is read to its 2,048th byte, where it is a whole frame, and no greeting.
      #expect(end == (bytes.count == 4 ? .hello(.tooLarge) : .hello(.malformed(.unexpectedType))))
    }
  }

  @Test("silence for longer than the handshake may take, before TLS and after it")
  func silence() async throws {
    for speaks in [false, true] {
      var raw: RawPeer?
      let end = try await refusal(adjust: { $0.timing.handshake = 200 }) { address in
        raw = try RawPeer.dial(address, try TLSContext(network.identity(1)))
        if speaks { #expect(raw?.handshake() == true) }
      }
      #expect(end == .handshakeTimeout)
      withExtendedLifetime(raw) {}
    }
  }

  @Test("the oldest of more strangers than may be under way, so that a member still gets in")
  func manyHandshakes() async throws {
    let mesh = try await ObservedMesh(network.configuration(0) { $0.limits.handshakes = 3 })
    let context = try TLSContext(network.identity(1))
    var strangers: [RawPeer] = []
    for _ in 0..<3 {
      let stranger = try RawPeer.dial(mesh.address, context)
      #expect(stranger.handshake())
      strangers.append(stranger)
    }
    let member = try RawPeer.dial(mesh.address, context)
    #expect(member.handshake())
    try member.sendFrame(member.hello(peer, to: own.id, network: network.network))
    await mesh.events.wait { $0.connected.count == 1 }
    #expect(mesh.events.all.refusals == [.tooManyHandshakes])
    #expect(strangers[0].read() == .closed)
    // A member that is in no longer counts.
    strangers.append(try RawPeer.dial(mesh.address, context))
    #expect(strangers[3].handshake())
    #expect(mesh.events.all.refusals.count == 1)
    await mesh.mesh.shutdown()
  }

  @Test("whoever answers in the place of the member that was dialled", arguments: [false, true])
  func impostor(hasCertificate: Bool) async throws {
    let listener = try RawListener()
    let (dialled, impostor, me, id) = (peer.id, third, own.id, network.network)
    let mesh = try await ObservedMesh(network.configuration(0, peers: [dialled: listener.address]))
    // With its own certificate the impostor gets nothing, not even a greeting; with the member's, its own name gives it
    // away.
    let raw = try listener.accept(try TLSContext(network.identity(hasCertificate ? 1 : 2)))
    let isThrough = raw.handshake()
    if hasCertificate {
      #expect(isThrough)
      _ = try raw.nextFrame()
      try raw.sendFrame(raw.hello(impostor, to: me, role: .server, network: id))
      await mesh.events.wait { $0.unreachable.contains(.hello(.wrongMember(impostor.id))) }
    } else {
      #expect(raw.read() != .frame([]))
      await mesh.events.wait { $0.unreachable.contains(.wrongPin(dialled)) }
    }
    await mesh.mesh.shutdown()
  }
}
