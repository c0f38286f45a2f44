/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_READERS_H
#define PEL_UNPACK_READERS_H

/* Every reader's two functions, for the table in readers.c.  What a reader reads, and what it does
 * not, stands at the head of its file and in docs/coverage.md. */

#include "unpack/unpack.h"

/* ---- gzip.c */
bool gzip_known(const struct unpack_look *look);
bool gzip_read(struct span object, struct unpack *u, struct error *e);

/* ---- mail.c */
bool mail_known(const struct unpack_look *look);
bool mail_read(struct span object, struct unpack *u, struct error *e);

/* ---- ole2_read.c */
bool ole2_known(const struct unpack_look *look);
bool ole2_read(struct span object, struct unpack *u, struct error *e);

/* ---- ole1.c: what the Packager wrote */
bool package_known(const struct unpack_look *look);
bool package_read(struct span object, struct unpack *u, struct error *e);

/* ---- ovba_read.c: streams of OLE2 with compressed VBA source */
bool ovba_known(const struct unpack_look *look);
bool ovba_read(struct span object, struct unpack *u, struct error *e);

/* ---- rtf_lzfu.c: the stream of OLE2 that a message's body is in */
bool rtf_lzfu_known(const struct unpack_look *look);
bool rtf_lzfu_read(struct span object, struct unpack *u, struct error *e);

/* ---- ppt.c: the stream of OLE2 that a presentation is in */
bool ppt_known(const struct unpack_look *look);
bool ppt_read(struct span object, struct unpack *u, struct error *e);

/* ---- pdf_read.c */
bool pdf_known(const struct unpack_look *look);
bool pdf_read(struct span object, struct unpack *u, struct error *e);

/* ---- tnef.c */
bool tnef_known(const struct unpack_look *look);
bool tnef_read(struct span object, struct unpack *u, struct error *e);

/* ---- rtf.c */
bool rtf_known(const struct unpack_look *look);
bool rtf_read(struct span object, struct unpack *u, struct error *e);

/* ---- html.c */
bool html_known(const struct unpack_look *look);
bool html_read(struct span object, struct unpack *u, struct error *e);

/* ---- onenote.c */
bool onenote_known(const struct unpack_look *look);
bool onenote_read(struct span object, struct unpack *u, struct error *e);

/* ---- activemime.c */
bool activemime_known(const struct unpack_look *look);
bool activemime_read(struct span object, struct unpack *u, struct error *e);

/* ---- odf.c: the manifest of a package */
bool odf_known(const struct unpack_look *look);
bool odf_read(struct span object, struct unpack *u, struct error *e);

/* ---- binhex.c */
bool binhex_known(const struct unpack_look *look);
bool binhex_read(struct span object, struct unpack *u, struct error *e);

/* ---- szdd.c */
bool szdd_known(const struct unpack_look *look);
bool szdd_read(struct span object, struct unpack *u, struct error *e);

/* ---- kwaj.c */
bool kwaj_known(const struct unpack_look *look);
bool kwaj_read(struct span object, struct unpack *u, struct error *e);

/* ---- lzop.c */
bool lzop_known(const struct unpack_look *look);
bool lzop_read(struct span object, struct unpack *u, struct error *e);

/* ---- swf.c */
bool swf_known(const struct unpack_look *look);
bool swf_read(struct span object, struct unpack *u, struct error *e);

/* ---- shortcut.c: LNK */
bool shortcut_known(const struct unpack_look *look);
bool shortcut_read(struct span object, struct unpack *u, struct error *e);

/* ---- coded.c: uuencode and yEnc */
bool uu_known(const struct unpack_look *look);
bool uu_read(struct span object, struct unpack *u, struct error *e);

/* ---- calendar.c: iCalendar and vCard */
bool calendar_known(const struct unpack_look *look);
bool calendar_read(struct span object, struct unpack *u, struct error *e);

/* ---- cms.c: S/MIME */
bool cms_known(const struct unpack_look *look);
bool cms_read(struct span object, struct unpack *u, struct error *e);

/* ---- zip.c */
bool zip_known(const struct unpack_look *look);
bool zip_behind_known(const struct unpack_look *look);
bool zip_read(struct span object, struct unpack *u, struct error *e);

/* ---- stream.c */
bool bzip2_known(const struct unpack_look *look);
bool bzip2_read(struct span object, struct unpack *u, struct error *e);
bool xz_known(const struct unpack_look *look);
bool xz_read(struct span object, struct unpack *u, struct error *e);
bool lzma_known(const struct unpack_look *look);
bool lzma_read(struct span object, struct unpack *u, struct error *e);
bool zstd_known(const struct unpack_look *look);
bool zstd_read(struct span object, struct unpack *u, struct error *e);
bool lz4_known(const struct unpack_look *look);
bool lz4_read(struct span object, struct unpack *u, struct error *e);
bool pack_known(const struct unpack_look *look);
bool pack_read(struct span object, struct unpack *u, struct error *e);
bool compress_known(const struct unpack_look *look);
bool compress_read(struct span object, struct unpack *u, struct error *e);

/* ---- archive.c */
bool tar_known(const struct unpack_look *look);
bool tar_read(struct span object, struct unpack *u, struct error *e);
bool cpio_known(const struct unpack_look *look);
bool cpio_read(struct span object, struct unpack *u, struct error *e);
bool ar_known(const struct unpack_look *look);
bool ar_read(struct span object, struct unpack *u, struct error *e);
bool sevenzip_known(const struct unpack_look *look);
bool sevenzip_read(struct span object, struct unpack *u, struct error *e);
bool rar_known(const struct unpack_look *look);
bool rar_read(struct span object, struct unpack *u, struct error *e);
bool rar5_known(const struct unpack_look *look);
bool rar5_read(struct span object, struct unpack *u, struct error *e);
bool cab_known(const struct unpack_look *look);
bool cab_read(struct span object, struct unpack *u, struct error *e);
bool iso_known(const struct unpack_look *look);
bool iso_read(struct span object, struct unpack *u, struct error *e);
bool lha_known(const struct unpack_look *look);
bool lha_read(struct span object, struct unpack *u, struct error *e);

/* ---- chm.c */
bool chm_known(const struct unpack_look *look);
bool chm_read(struct span object, struct unpack *u, struct error *e);

/* ---- xlm.c: the stream of OLE2 that a workbook is in */
bool xlm_known(const struct unpack_look *look);
bool xlm_read(struct span object, struct unpack *u, struct error *e);

/* ---- pbzx.c: Apple's packages */
bool pbzx_known(const struct unpack_look *look);
bool pbzx_read(struct span object, struct unpack *u, struct error *e);

/* ---- deb_old.c: Debian's packages before 1995 */
bool deb_old_known(const struct unpack_look *look);
bool deb_old_read(struct span object, struct unpack *u, struct error *e);

/* ---- rpm.c */
bool rpm_known(const struct unpack_look *look);
bool rpm_read(struct span object, struct unpack *u, struct error *e);

/* ---- program_parts.c: overlays and resources */
bool program_known(const struct unpack_look *look);
bool program_read(struct span object, struct unpack *u, struct error *e);

/* ---- packed_read.c: what packers packed, and what came out of it */
bool packed_known(const struct unpack_look *look);
bool packed_read(struct span object, struct unpack *u, struct error *e);
bool unpacked_known(const struct unpack_look *look);
bool unpacked_read(struct span object, struct unpack *u, struct error *e);

/* ---- upx_elf.c, upx_pe.c: what UPX packed, but for 32-bit Windows */
bool upx_elf_known(const struct unpack_look *look);
bool upx_elf_read(struct span object, struct unpack *u, struct error *e);
bool upx_pe_known(const struct unpack_look *look);
bool upx_pe_read(struct span object, struct unpack *u, struct error *e);

/* ---- archive.c */
bool lzip_known(const struct unpack_look *look);
bool lzip_read(struct span object, struct unpack *u, struct error *e);

/* ---- marks.c: what is not read yet */
bool mark_known(const struct unpack_look *look);
bool mark_read(struct span object, struct unpack *u, struct error *e);

/* ---- squashfs.c */
bool squashfs_known(const struct unpack_look *look);
bool squashfs_read(struct span object, struct unpack *u, struct error *e);

/* ---- xar.c */
bool xar_known(const struct unpack_look *look);
bool xar_read(struct span object, struct unpack *u, struct error *e);

/* ---- dmg.c: Apple's disk images */
bool dmg_known(const struct unpack_look *look);
bool dmg_read(struct span object, struct unpack *u, struct error *e);

/* ---- vhd.c: disks of virtual machines */
bool vhd_known(const struct unpack_look *look);
bool vhd_read(struct span object, struct unpack *u, struct error *e);
bool vhdx_known(const struct unpack_look *look);
bool vhdx_read(struct span object, struct unpack *u, struct error *e);

/* ---- partition.c */
bool partition_known(const struct unpack_look *look);
bool partition_read(struct span object, struct unpack *u, struct error *e);

/* ---- fat.c */
bool fat_known(const struct unpack_look *look);
bool fat_read(struct span object, struct unpack *u, struct error *e);

/* ---- ntfs.c */
bool ntfs_known(const struct unpack_look *look);
bool ntfs_read(struct span object, struct unpack *u, struct error *e);

/* ---- embedded.c: archives in scripts and pictures */
bool embedded_known(const struct unpack_look *look);
bool embedded_read(struct span object, struct unpack *u, struct error *e);

/* ---- exfat.c */
bool exfat_known(const struct unpack_look *look);
bool exfat_read(struct span object, struct unpack *u, struct error *e);

/* ---- hfs.c */
bool hfs_known(const struct unpack_look *look);
bool hfs_read(struct span object, struct unpack *u, struct error *e);

/* ---- hfsplus.c */
bool hfsplus_known(const struct unpack_look *look);
bool hfsplus_read(struct span object, struct unpack *u, struct error *e);

/* ---- ext.c: ext2, ext3, ext4 */
bool ext_known(const struct unpack_look *look);
bool ext_read(struct span object, struct unpack *u, struct error *e);

/* ---- virtual_disk.c */
bool qcow_known(const struct unpack_look *look);
bool qcow_read(struct span object, struct unpack *u, struct error *e);
bool vmdk_known(const struct unpack_look *look);
bool vmdk_read(struct span object, struct unpack *u, struct error *e);
bool vdi_known(const struct unpack_look *look);
bool vdi_read(struct span object, struct unpack *u, struct error *e);

/* ---- apfs.c */
bool apfs_known(const struct unpack_look *look);
bool apfs_read(struct span object, struct unpack *u, struct error *e);

/* ---- xlsb.c: parts of a binary workbook */
bool xlsb_known(const struct unpack_look *look);
bool xlsb_read(struct span object, struct unpack *u, struct error *e);

/* ---- encoded_script.c: JScript.Encode */
bool encoded_script_known(const struct unpack_look *look);
bool encoded_script_read(struct span object, struct unpack *u, struct error *e);

/* ---- udf.c */
bool udf_known(const struct unpack_look *look);
bool udf_read(struct span object, struct unpack *u, struct error *e);

/* ---- nsis.c */
bool nsis_known(const struct unpack_look *look);
bool nsis_read(struct span object, struct unpack *u, struct error *e);

/* ---- installshield_cab.c, installshield.c: cabinets, and what setup programs carry */
bool iscab_known(const struct unpack_look *look);
bool iscab_read(struct span object, struct unpack *u, struct error *e);
bool installshield_known(const struct unpack_look *look);
bool installshield_read(struct span object, struct unpack *u, struct error *e);

/* ---- autoit.c: compiled scripts */
bool autoit_known(const struct unpack_look *look);
bool autoit_read(struct span object, struct unpack *u, struct error *e);

/* ---- sis.c: Symbian's packages */
bool sis_known(const struct unpack_look *look);
bool sis_read(struct span object, struct unpack *u, struct error *e);

/* ---- arj.c */
bool arj_known(const struct unpack_look *look);
bool arj_read(struct span object, struct unpack *u, struct error *e);

#endif
