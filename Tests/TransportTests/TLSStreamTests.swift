import CBOR
import Cryptography
import Membership
import NIOCore
import Testing
import Transport

@Suite("TLS in memory")
struct TLSStreamTests {
  private let network: TestNetwork

  init() throws { network = try TestNetwork(["AUS", "USA"]) }

  /// Carries what one side wrote to the other, in pieces of a size; answers how much that was.
  @discardableResult
  private func carry(_ from: TLSStream, _ to: TLSStream, pieces: Int = .max, each: () throws -> Void = {}) throws -> Int
  {
    guard var bytes = from.takeOutput() else { return 0 }
    let count = bytes.readableBytes
    while let piece = bytes.readSlice(length: min(pieces, bytes.readableBytes)), piece.readableBytes > 0 {
      to.receive(piece)
      try each()
    }
    return count
  }

  /// Two streams after their handshake, which arrived in pieces of a size.
  private func pair(pieces: Int = .max, writesPerKey: Int = 1000) throws -> (client: TLSStream, server: TLSStream) {
    let client = try TLSStream(TLSContext(network.identity(0)), role: .client, writesPerKey: writesPerKey)
    let server = try TLSStream(TLSContext(network.identity(1)), role: .server, writesPerKey: writesPerKey)
    var (clientEnd, serverEnd) = (try client.handshake(), TLSStream.Progress.needsInput)
    while clientEnd != .done || serverEnd != .done {
      try carry(client, server, pieces: pieces) { serverEnd = try server.handshake() }
      try carry(server, client, pieces: pieces) { clientEnd = try client.handshake() }
    }
    return (client, server)
  }

  private func read(_ stream: TLSStream) throws -> (bytes: [UInt8], progress: TLSStream.Progress) {
    var bytes: [UInt8] = []
    while true {
      var space = [UInt8](repeating: 0, count: 1000)
      let (count, progress) = try space.withUnsafeMutableBytes { try stream.read(into: $0) }
      bytes += space.prefix(count)
      if progress != .done { return (bytes, progress) }
    }
  }

  @Test("a handshake completes however its bytes are cut", arguments: [1, 7, 100_000])
  func handshake(pieces: Int) throws {
    let (client, server) = try pair(pieces: pieces)
    #expect(client.speaksProtocol && server.speaksProtocol)
    #expect(client.channelBinding != nil && client.channelBinding == server.channelBinding)
    for (stream, other) in [(client, network.parties[1]), (server, network.parties[0])] {
      #expect(stream.verifiedPins == other.chain.map(\.subjectPublicKeyDigest))
    }
  }

  @Test("no two sessions of the same two sides have one channel binding")
  func bindings() throws {
    let (first, second) = (try pair(), try pair())
    #expect(first.client.channelBinding != second.client.channelBinding)
  }

  @Test("the traffic key changes after so many writes, and what follows is read as before")
  func keyUpdate() throws {
    let (client, server) = try pair(writesPerKey: 4)
    var sizes: [Int] = []
    for number in 0..<12 {
      try [UInt8(number)].withUnsafeBytes { try client.write($0) }
      sizes.append(try carry(client, server))
      #expect(try read(server).bytes == [UInt8(number)])
    }
    // One byte makes a record of 23; a KeyUpdate before it another of 27.
    #expect(sizes == [23, 23, 23, 50, 23, 23, 23, 50, 23, 23, 23, 50])
  }

  @Test("an end is told from a pause, and a changed byte from both")
  func ends() throws {
    let (client, server) = try pair()
    #expect(try read(server).progress == .needsInput)
    try [UInt8](1...3).withUnsafeBytes { try client.write($0) }
    client.close()
    try carry(client, server)
    let last = try read(server)
    #expect(last.progress == .closed && last.bytes == [1, 2, 3])

    let other = try pair()
    try [UInt8(1)].withUnsafeBytes { try other.client.write($0) }
    var bytes = try #require(other.client.takeOutput())
    bytes.setInteger(bytes.getInteger(at: 10, as: UInt8.self).map { $0 ^ 1 } ?? 0, at: 10)
    other.server.receive(bytes)
    #expect(throws: SessionEnd.self) { try read(other.server) }
  }
}

@Suite("Greetings")
struct HelloTests {
  private let network: TestNetwork

  init() throws { network = try TestNetwork(["AUS", "USA"]) }

  @Test("have one encoding")
  func golden() throws {
    let (aus, usa) = (network.parties[0].id, network.parties[1].id)
    let hello = Hello(member: aus, peer: usa, role: .client, channelBinding: .sha256([1]))
    let expected = "85" + "63415553" + "01" + "63555341" + "00" + "5820" + Digest.sha256([1]).hexadecimal
    #expect(hello.encoded.hexadecimal == expected)
    #expect(try Hello(decoding: hello.encoded) == hello)
    for wrong in [hello.encoded.dropLast(), hello.encoded + [0], [0x84] + hello.encoded.dropFirst()] {
      #expect(throws: CBORError.self) { try Hello(decoding: Array(wrong)) }
    }
    var role = hello.encoded
    role[10] = 2
    #expect(throws: CBORError.unknownValue) { try Hello(decoding: role) }
  }

  @Test("fit far below what is read before they are verified")
  func size() throws {
    let longest = try #require(MemberID(String(repeating: "Z", count: MemberID.maximumLength)))
    let hello = Hello(member: longest, peer: longest, role: .server, channelBinding: .zero)
    let frame = try network.parties[0].nodeKey.sign(SigningRequest(hello), network.network).encoded
    #expect(frame.count + FrameDecoder.headerSize < TransportLimits().beforeHello / 8)
  }
}
