import ArgumentParser
import Foundation
import Simulation

/// Measures how long agreement takes between real capitals.
struct LatencyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract: "How long from a proposal to finality between real capitals, against the least that three delays allow.")

  @Option(help: "How many views with a statement each.")
  var views = 300
  @Option(help: "Sizes, comma-separated, out of 4, 8, 19 and 55.")
  var sizes = "4,8,19,55"

  func validate() throws {
    guard (10...100_000).contains(views) else { throw ValidationError("--views takes 10 to 100000") }
    _ = try wantedSizes()
  }

  private func wantedSizes() throws -> [Int] {
    try sizes.split(separator: ",").map { text in
      guard let size = Int(text), LatencyStudy.sizes.contains(size) else {
        throw ValidationError("--sizes takes 4, 8, 19 and 55")
      }
      return size
    }
  }

  func run() throws {
    print("members  blocks  mean ms  95 % ms  bound ms  ratio")
    for size in try wantedSizes() {
      let study = try LatencyStudy(size: size)
      let figures = try study.run(views: views)
      let milliseconds = [figures.mean, figures.percentile95, figures.bound].map {
        String(format: "%9.1f", Double($0) / 1_000)
      }
      let ratio = String(format: "%7.3f", Double(figures.perMille) / 1_000)
      print(String(format: "%7d %7d", size, figures.blocks) + milliseconds.joined() + ratio)
    }
    print("")
    for size in try wantedSizes() { print("\(size): \(try LatencyStudy(size: size).names.joined(separator: " "))") }
  }
}
