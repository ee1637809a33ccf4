// What unzip lays down.
'use strict'
const { spawnSync } = require('node:child_process')
const { onDisk } = require('./desk.cjs')

onDisk(process.argv[3], (file, folder) => {
  // Without -P it would ask for a password.
  const ran = spawnSync('unzip', ['-o', '-qq', '-P', 'x', '-d', folder, file], { stdio: 'ignore', timeout: 10000 })
  if (ran.status > 1) throw new Error(`unzip ended with ${ran.status}`)
})
