import Glibc

/// A file, a pipe or standard input, read from its beginning to its end.
struct ByteInput: Sendable {
  /// In bytes, nil where there is no size, as of a pipe.
  let size: Int?
  private(set) var bytesRead = 0
  private(set) var isAtEnd = false

  private let descriptor: Descriptor
  private let path: String

  /// Opens a file; `-` is standard input.
  init(path: String) throws(CSVError) {
    let number = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
    descriptor = Descriptor(number: number)
    self.path = path
    var status = stat()
    let isRegular = fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    size = isRegular ? Int(status.st_size) : nil
  }

  /// Bytes that were read before and up to so many more, fewer only at the end of the input.
  mutating func read(_ count: Int, after head: [UInt8]) throws(CSVError) -> [UInt8] {
    let number = descriptor.number
    var (failure, isAtEnd): (Int32, Bool) = (0, false)
    let bytes = [UInt8](unsafeUninitializedCapacity: head.count + count) { buffer, filled in
      _ = buffer.initialize(fromContentsOf: head)
      filled = head.count
      while filled < buffer.count, failure == 0, !isAtEnd {
        let got = Glibc.read(number, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
        switch got {
        case 1...: filled += got
        case 0: isAtEnd = true
        default: if errno != EINTR { failure = errno }
        }
      }
    }
    guard failure == 0 else { throw .file(path: path, reason: String(cString: strerror(failure))) }
    bytesRead += bytes.count - head.count
    self.isAtEnd = isAtEnd
    return bytes
  }
}

/// Closes the file with the last reference to it.
private final class Descriptor: Sendable {
  let number: Int32

  init(number: Int32) { self.number = number }

  deinit { close(number) }
}

/// Line feeds in bytes.
enum LineFeed {
  private static let byte = UInt8(ascii: "\n")

  static func first(in bytes: [UInt8]) -> Int? { bytes.firstIndex(of: byte) }

  /// The place of the last line feed from a place on.
  static func last(in bytes: [UInt8], from start: Int) -> Int? { bytes[start...].lastIndex(of: byte) }

  static func count(in bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes { buffer in
      var count = 0
      for byte in buffer { count &+= byte == Self.byte ? 1 : 0 }
      return count
    }
  }

  /// The place of the first line feed from a place on, or the end; by the C library, since every byte of a file passes here.
  static func next(in buffer: UnsafeRawBufferPointer, from start: Int) -> Int {
    guard let base = buffer.baseAddress, start < buffer.count,
      let found = memchr(base + start, Int32(byte), buffer.count - start)
    else { return buffer.count }
    return UnsafeRawPointer(found) - base
  }
}
