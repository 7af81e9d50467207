import Cryptography
import Foundation
import GRDB

/// Bytes to and from SQLite.
enum Blob {
  static func value(_ bytes: [UInt8]) -> DatabaseValue { Data(bytes).databaseValue }

  static func value(_ digest: Digest) -> DatabaseValue { value(digest.bytes) }

  /// The bytes of a column, with their checksum compared. `place` names table and row in the error.
  static func checked(_ row: Row, _ column: String, path: String, place: String) throws -> [UInt8] {
    guard let data = row[column] as Data?, let checksum = row["checksum"] as Int64? else {
      throw StorageError.damaged(path: path, place: "\(place): a missing value")
    }
    let bytes = [UInt8](data)
    guard Checksum.of(bytes) == checksum else {
      throw StorageError.damaged(path: path, place: "\(place): the checksum does not match")
    }
    return bytes
  }
}

extension Blob {
  /// The digest in a column, or nil where there is none.
  static func digest(_ row: Row, _ column: String) -> Digest? {
    (row[column] as Data?).flatMap { Digest([UInt8]($0)) }
  }
}
