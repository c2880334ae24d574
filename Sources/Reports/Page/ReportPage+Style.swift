extension ReportPage {
  /// Colours are variables, so that dark is a second set of them; `--c0` to `--c7` tell kinds apart.
  static let colours = """
    :root { color-scheme: light dark; --paper: #fbfaf7; --ink: #1d2430; --soft: #5a6472; --line: #d9dbd8;
      --panel: #ffffff; --accent: #1c6ea4; --before: #b06a1f; --after: #1c6ea4; --over: #b3261e;
      --c0: #1c6ea4; --c1: #b0511f; --c2: #3a7d44; --c3: #8b4a9c; --c4: #9a7d0a; --c5: #0f7f7f; --c6: #a33b5c;
      --c7: #66707c; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #14181e; --ink: #e6e9ec; --soft: #a3adb8; --line: #343c46; --panel: #1c222a;
        --accent: #6cb4e4; --before: #e0a15a; --after: #6cb4e4; --over: #f2857c;
        --c0: #6cb4e4; --c1: #e8945f; --c2: #7cc487; --c3: #c592d6; --c4: #d8bd4f; --c5: #55c2c2; --c6: #e888a6;
        --c7: #a3adb8; } }
    """

  static let style =
    colours + "\n" + """
      * { box-sizing: border-box; }
      body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
        color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
      header { border-bottom: 2px solid var(--ink); margin-bottom: 1.5rem; }
      .kind { margin: 0; color: var(--soft); }
      h1 { margin: 0 0 .5rem; font-size: clamp(1.5rem, 5vw, 2.25rem); line-height: 1.2; overflow-wrap: anywhere; }
      h2 { margin: 2.5rem 0 .75rem; font-size: 1.3rem; }
      h3 { margin: 1.25rem 0 .5rem; font-size: 1.05rem; }
      p { max-width: 44rem; margin: .5rem 0; }
      .note { color: var(--soft); font-size: .9rem; }
      .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: .75rem; margin: 0 0 1rem; }
      .tile { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
      .tile dt { color: var(--soft); font-size: .9rem; }
      .tile dd { margin: 0; }
      .tile strong { display: block; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
      .tile span { display: block; color: var(--soft); font-size: .85rem; }
      .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem 1.5rem; }
      .pair > * { min-width: 0; }
      .scroll { overflow-x: auto; max-width: 100%; }
      .scroll:focus-visible { outline: 2px solid var(--accent); }
      table { border-collapse: collapse; font-size: .92rem; margin: .5rem 0; }
      caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .35rem; }
      th, td { padding: .3rem .7rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top;
        overflow-wrap: break-word; max-width: 24rem; }
      thead th { color: var(--soft); font-weight: 600; }
      tbody th { font-weight: 500; }
      .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
      .matrix th, .matrix td { padding: .3rem .4rem; font-size: .82rem; border: 1px solid var(--line); min-width: 2.4rem; }
      .matrix thead th { vertical-align: bottom; }
      .matrix thead th + th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; max-height: 9rem;
        vertical-align: top; border-width: 0 1px; }
      .matrix .hit { outline: 2px solid var(--accent); outline-offset: -2px; }
      .chart { max-width: 38rem; }
      svg { display: block; width: 100%; height: auto; }
      svg.wide { min-width: 36rem; }
      svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
      svg .label { fill: var(--ink); }
      .axis { stroke: var(--line); stroke-width: 1; }
      .track { fill: var(--line); } .fill { fill: var(--accent); } .over { fill: var(--over); }
      .curve { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round; }
      .limit { stroke: var(--over); stroke-width: 1.5; stroke-dasharray: 5 4; }
      .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; padding: 0; margin: .25rem 0 .5rem;
        font-size: .88rem; }
      .key { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .4em; }
      details { margin: .75rem 0; } summary { cursor: pointer; color: var(--accent); }
      @media print { .scroll { overflow: visible; } }
      """
}
