import API
import Cryptography
import Foundation
import Statistics
import Trade

/// The watched folder of evidence: the newest readable file of trade statistics is what the desk derives from.
struct EvidenceFolder: Sendable {
  /// The largest file that is read, in bytes.
  static let maximumSize = 64 << 20

  let folder: String
  let territories: TerritoryMap
  private(set) var statistics: TradeStatistics?
  private(set) var reports: [EvidenceFileReport] = []
  private var seen: [String: Date] = [:]

  init(folder: String, territories: TerritoryMap) { (self.folder, self.territories) = (folder, territories) }

  /// Reads the folder again if a file came, went or changed; answers whether anything did.
  mutating func refresh() -> Bool {
    let files = Self.files(in: folder)
    guard files != seen else { return false }
    seen = files
    (statistics, reports) = (nil, [])
    // The newest file decides; of files of one instant, the last by name.
    for (name, _) in files.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) { read(name) }
    return true
  }

  private mutating func read(_ name: String) {
    let path = "\(folder)/\(name)"
    let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
    guard let size, size <= Self.maximumSize, let data = FileManager.default.contents(atPath: path) else {
      reports.append(EvidenceFileReport(file: name, digest: "", records: 0, refusal: "cannot be read or is too large"))
      return
    }
    let bytes = [UInt8](data)
    let digest = Digest.sha256(bytes).hexadecimal
    do throws(StatisticsError) {
      let read = try TradeStatistics(csv: bytes, territories: territories)
      statistics = read
      reports.append(EvidenceFileReport(file: name, digest: digest, records: read.flows.count, refusal: nil))
    } catch {
      reports.append(
        EvidenceFileReport(file: name, digest: digest, records: 0, refusal: "\(error.code): \(error.sentence)"))
    }
  }

  private static func files(in folder: String) -> [String: Date] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    var files: [String: Date] = [:]
    for name in names where name.hasSuffix(".csv") {
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
      files[name] = attributes?[.modificationDate] as? Date ?? .distantPast
    }
    return files
  }
}
