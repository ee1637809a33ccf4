// What Yarn 2 and later lay down: a plugin with a command that unpacks as its fetcher of tarballs does.
'use strict'
const desk = process.env.INSTALLERS_DESK

module.exports = {
  name: 'plugin-installers',
  factory: require => {
    const { Configuration, tgzUtils } = require('@yarnpkg/core')
    const { BaseCommand } = require('@yarnpkg/cli')
    const { npath, ppath } = require('@yarnpkg/fslib')
    const fs = require('fs')

    function walk (zip, folder, base, found) {
      for (const name of zip.readdirSync(folder)) {
        const at = ppath.join(folder, name)
        const stat = zip.lstatSync(at)
        const shown = at.slice(base.length)
        if (stat.isDirectory()) walk(zip, at, base, found)
        else if (stat.isSymbolicLink()) found.links.push([shown, zip.readlinkSync(at)])
        else found.files.push([shown, zip.readFileSync(at).toString('base64')])
      }
      return found
    }

    class Installers extends BaseCommand {
      static paths = [['installers']]
      async execute () {
        const cwd = npath.toPortablePath(process.cwd())
        const configuration = await Configuration.find(cwd, this.context.plugins)
        const { serve } = process.mainModule.require(desk)
        await serve(async file => {
          const options = { configuration, prefixPath: 'node_modules/x', stripComponents: 1 }
          const zip = await tgzUtils.convertToZip(fs.readFileSync(file), options)
          const found = walk(zip, '/', '/', { files: [], links: [] })
          zip.discardAndClose()
          const inside = 'node_modules/x/'
          const bare = rows => rows.map(([name, rest]) =>
            [name.startsWith(inside) ? name.slice(inside.length) : `(outside)/${name}`, rest])
          return { files: bare(found.files), links: bare(found.links), error: null }
        })
      }
    }
    return { commands: [Installers] }
  }
}
