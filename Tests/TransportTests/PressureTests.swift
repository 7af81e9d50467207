import Membership
import Testing
import Transport

@Suite("Slow peers", .timeLimit(.minutes(1)))
struct PressureTests {
  @Test("one that reads nothing holds nobody else up, costs bounded memory, and is closed when it stalls")
  func slowReader() async throws {
    let network = try TestNetwork(["AUS", "EUN", "USA"])
    let (own, fast, slow) = (network.parties[0], network.parties[1], network.parties[2])
    let mesh = try await ObservedMesh(
      network.configuration(0) {
        $0.limits.bulkQueue = QueueLimit(frames: 16, bytes: 1 << 20)
        $0.limits.consensusQueue = QueueLimit(frames: 8, bytes: 1 << 20)
        // Long against what a loaded machine may withhold from the fast one.
        $0.timing.stall = 2_000
      })
    let raw = try RawPeer.dial(mesh.address, try TLSContext(network.identity(2)))
    #expect(raw.handshake())
    try raw.sendFrame(raw.hello(slow, to: own.id, network: network.network))
    _ = try raw.nextFrame()
    let peer = try await ObservedMesh(network.configuration(1, peers: [own.id: mesh.address]))
    await mesh.events.wait { $0.connected.count == 2 }

    // The other gets what is meant for it at once, while the slow one's socket and queues fill up.
    let block = [UInt8](repeating: 1, count: 256 * 1024)
    var (rounds, outcomes): (Int, Set<SendOutcome>) = (0, [])
    while mesh.events.all.ends.isEmpty {
      outcomes.insert(mesh.mesh.send(block, to: slow.id, .bulk))
      for _ in 0..<10 { outcomes.insert(mesh.mesh.send([2], to: slow.id, .consensus)) }
      #expect(mesh.mesh.send([3], to: fast.id, .consensus) == .queued)
      rounds += 1
      let expected = rounds
      await peer.events.wait { $0.frames.count >= expected }
      try Task.checkCancellation()
    }
    #expect(mesh.events.all.ends == [.stalled])
    #expect(outcomes.isSuperset(of: [.queued, .full, .displacedOlder]))
    let counters = try #require(mesh.mesh.counters.first { $0.member == slow.id }).counters
    #expect(counters.droppedBulk >= 1 && counters.droppedConsensus >= 1 && counters.bytesSent < 64 << 20)
    #expect(mesh.mesh.connectedMembers == [fast.id])
    withExtendedLifetime(raw) {}
    await shutDown([mesh, peer])
  }

  @Test("a program that holds its frames stops the sender, and nothing is lost when it lets go")
  func backPressure() async throws {
    let network = try TestNetwork(["AUS", "USA"])
    let meshes = try await startMeshes(network) {
      $0.limits.inbound = QueueLimit(frames: 1000, bytes: 1 << 20)
      $0.timing.stall = 60_000
    }
    let block = [UInt8](repeating: 1, count: 64 * 1024)
    // 96 MiB do not fit into two sockets and the receiver's limit.
    var sent = 0
    while sent < 1536, meshes[0].mesh.send(block, to: meshes[1].id, .bulk) == .queued { sent += 1 }
    #expect(sent < 1536)
    await meshes[1].events.wait { $0.frames.count >= 16 }
    let held = meshes[1].events.all.frames.count
    // One read of the socket beyond the limit at most: 256 KiB four times.
    #expect(held < 16 + 17 + 4)
    var received = 0
    while received < sent {
      let frames = meshes[1].events.takeFrames()
      received += frames.count
      await Task.yield()
    }
    #expect(received == sent)
    await shutDown(meshes)
  }

  @Test("urgent frames overtake waiting bulk")
  func precedence() async throws {
    let network = try TestNetwork(["AUS", "USA"])
    let meshes = try await startMeshes(network) { $0.limits.inbound.bytes = 64 << 20 }
    let block = [UInt8](repeating: 1, count: 256 * 1024)
    var queued = 0
    while queued < 128, meshes[0].mesh.send(block, to: meshes[1].id, .bulk) == .queued { queued += 1 }
    meshes[0].mesh.send([2], to: meshes[1].id, .consensus)
    let expected = queued + 1
    await meshes[1].events.wait { $0.frames.count == expected }
    let place = try #require(meshes[1].events.all.frames.firstIndex { $0.bytes == [2] })
    #expect(place < queued)
    await shutDown(meshes)
  }

  @Test("frames of every size arrive unchanged")
  func sizes() async throws {
    let network = try TestNetwork(["AUS", "USA"])
    let meshes = try await startMeshes(network)
    let sizes = [1, 200, 16_379, 16_380, 16_384, 16_385, 65_532, 65_536, 1 << 20, 4 << 20]
    for (index, size) in sizes.enumerated() {
      meshes[0].mesh.send([UInt8](repeating: UInt8(index), count: size), to: meshes[1].id, .bulk)
    }
    await meshes[1].events.wait { $0.frames.count == sizes.count }
    for (index, frame) in meshes[1].events.all.frames.enumerated() {
      #expect(frame.bytes.count == sizes[index] && frame.bytes.allSatisfy { $0 == UInt8(index) })
    }
    await shutDown(meshes)
  }
}
