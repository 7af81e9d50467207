import Foundation

/// Files that a command reads and writes.
enum Files {
  static func read(_ path: String, limit: Int = 256 << 20) throws -> [UInt8] {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    if let size = attributes?[.size] as? Int, size > limit {
      throw Failure.refused("FILE_TOO_LARGE", "\(path) has \(size) bytes, more than \(limit)")
    }
    do { return Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
      throw Failure.refused("FILE_UNREADABLE", "\(path) cannot be read; does it exist, and may you read it?")
    }
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Writes whole or not at all.
  static func write(_ bytes: [UInt8], to path: String) throws {
    do { try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
      throw Failure.refused("FILE_UNWRITABLE", "\(path) cannot be written: \(error.localizedDescription)")
    }
  }

  /// Writes a file that must not exist yet.
  static func create(_ bytes: [UInt8], at path: String) throws {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw Failure.refused("FILE_EXISTS", "\(path) exists already and is left as it is; choose another name")
    }
    try write(bytes, to: path)
  }
}
