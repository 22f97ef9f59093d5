-- SPDX-License-Identifier: MIT
-- For pandoc: what man(1) shows badly, said otherwise. A table is wider than a terminal: its first column becomes terms,
-- the second what they mean. Man has no typewriter face: code in text is bold, a block of code is indented.

local function inlines_of(cell)
  return pandoc.utils.blocks_to_inlines(cell)
end

function Table(wide)
  local items = {}
  for _, row in ipairs(pandoc.utils.to_simple_table(wide).rows) do
    assert(#row == 2, "a table of a man page has two columns")
    table.insert(items, {inlines_of(row[1]), {{pandoc.Plain(inlines_of(row[2]))}}})
  end
  return pandoc.DefinitionList(items)
end

function Code(code)
  return pandoc.Strong(pandoc.Str(code.text))
end

function CodeBlock(block)
  local text = block.text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("'", "\\(aq"):gsub("`", "\\(ga")
  text = ("\n" .. text):gsub("\n%.", "\n\\&."):sub(2)
  return pandoc.RawBlock("man", ".PP\n.RS 4\n.nf\n" .. text .. "\n.fi\n.RE")
end
