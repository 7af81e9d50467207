import NIOCore
import Testing
import Transport

@Suite("Frames")
struct FrameDecoderTests {
  private let limit = 4 * 1024 * 1024

  private func stream(_ frames: [[UInt8]]) -> [UInt8] { frames.flatMap { RawPeer.header($0.count) + $0 } }

  private let frames: [[UInt8]] = [[1], [2, 3], Array(0...255), [UInt8](repeating: 7, count: 70_000), [9]]

  private func drain(_ decoder: inout FrameDecoder) throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    while let frame = try decoder.next(limit: limit) { found.append(frame) }
    return found
  }

  @Test("come out whole, however the stream is cut", arguments: [1, 2, 3, 5, 1000, 100_000])
  func cut(size: Int) throws {
    var decoder = FrameDecoder()
    var found: [[UInt8]] = []
    var rest = stream(frames)[...]
    while !rest.isEmpty {
      decoder.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
      found += try drain(&decoder)
    }
    #expect(found == frames)
    #expect(decoder.buffered == 0)
  }

  @Test("of 4 MiB are taken, of one byte more refused before anything of it arrives, empty ones always")
  func sizes() throws {
    var decoder = FrameDecoder()
    decoder.append(RawPeer.header(limit))
    #expect(try decoder.next(limit: limit) == nil)
    decoder.append([UInt8](repeating: 1, count: limit))
    #expect(try decoder.next(limit: limit)?.count == limit)
    #expect(try decoder.next(limit: limit) == nil)

    decoder.append(RawPeer.header(limit + 1))
    #expect(throws: SessionEnd.frameTooLarge(limit + 1)) { try decoder.next(limit: limit) }
    decoder = FrameDecoder()
    decoder.append([0xFF, 0xFF, 0xFF, 0xFF])
    #expect(throws: SessionEnd.frameTooLarge(0xFFFF_FFFF)) { try decoder.next(limit: limit) }
    decoder = FrameDecoder()
    decoder.append([0, 0, 0, 0])
    #expect(throws: SessionEnd.emptyFrame) { try decoder.next(limit: limit) }
  }

  @Test("leave no memory behind, though the next one has always begun")
  func memory() throws {
    var decoder = FrameDecoder()
    decoder.append(RawPeer.header(1000))
    for _ in 0..<2000 {
      decoder.append([UInt8](repeating: 1, count: 1000) + RawPeer.header(1000))
      #expect(try decoder.next(limit: limit)?.count == 1000)
      #expect(try decoder.next(limit: limit) == nil)
    }
    #expect(decoder.capacity < 64 * 1024)
    decoder.append([UInt8](repeating: 1, count: 1000) + RawPeer.header(limit) + [UInt8](repeating: 2, count: limit))
    #expect(try drain(&decoder).map(\.count) == [1000, limit])
    #expect(decoder.capacity < 64 * 1024)
  }
}
